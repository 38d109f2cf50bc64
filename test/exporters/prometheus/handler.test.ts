import { once } from 'node:events';
import { createServer, get, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import express from 'express';
import fastify from 'fastify';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { prometheusFastifyHandler, prometheusHandler } from '../../../src/exporters/prometheus/index.js';
import { scrape } from '../../../src/exporters/prometheus/scrape.js';
import { Counter, Gauge, Histogram, Registry } from '../../../src/metrics/index.js';

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

function registryWith(value: number): Registry {
  const registry = new Registry();
  registry.getOrCreate(Counter, { name: 'c_total', help: 'Größe' }).inc(value);
  return registry;
}

async function serve(listener: Parameters<typeof createServer>[1]): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ends.push(() => server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** An answer as it came over the wire. */
async function raw(url: string, headers: Record<string, string>) {
  const [answer] = (await once(get(url, { headers }), 'response')) as [IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of answer) chunks.push(chunk as Buffer);
  return { headers: answer.headers, body: Buffer.concat(chunks) };
}

describe('prometheusHandler', () => {
  it('answers GET with the text, and HEAD without it', async () => {
    const registry = registryWith(3);
    const url = await serve(prometheusHandler(registry));
    const got = await fetch(url);
    expect(got.status).toBe(200);
    expect(got.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(await got.text()).toBe(await registry.metrics());
    const head = await fetch(url, { method: 'HEAD' });
    expect(head.status).toBe(200);
    expect(head.headers.get('content-length')).toBe(String(Buffer.byteLength(await registry.metrics())));
    expect(await head.text()).toBe('');
  });

  it('refuses other methods', async () => {
    const answer = await fetch(await serve(prometheusHandler(registryWith(1))), { method: 'POST' });
    expect(answer.status).toBe(405);
    expect(answer.headers.get('allow')).toBe('GET, HEAD');
  });

  it('answers 500 with the reason when a scrape fails', async () => {
    const broken = { contentType: 'text/plain', metrics: () => Promise.reject(new Error('out of ink')) };
    const answer = await fetch(await serve(prometheusHandler(broken)));
    expect(answer.status).toBe(500);
    expect(await answer.text()).toBe('the scrape failed: out of ink\n');
  });

  it('is a route of Express', async () => {
    const app = express();
    app.get('/metrics', prometheusHandler(registryWith(7)));
    const url = await serve(app);
    expect(await (await fetch(`${url}/metrics`)).text()).toContain('c_total 7\n');
  });

  it('has a sister that is a route of Fastify', async () => {
    const app = fastify();
    app.get('/metrics', prometheusFastifyHandler(registryWith(8)));
    const answer = await app.inject('/metrics');
    expect(answer.body).toContain('c_total 8\n');
    expect(answer.headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
    ends.push(() => app.close());
  });

  it('compresses a long answer for clients that take gzip', async () => {
    const registry = registryWith(1);
    const big = registry.getOrCreate(Counter, { name: 'big_total', help: 'b', labelNames: ['route'] });
    for (let i = 0; i < 200; i++) big.inc({ route: `/ä/${i}` });
    const text = await registry.metrics();
    const app = fastify();
    app.get('/', prometheusFastifyHandler(registry));
    ends.push(() => app.close());
    for (const url of [
      await serve(prometheusHandler(registry)),
      await app.listen({ port: 0, host: '127.0.0.1' }),
    ]) {
      const packed = await raw(url, { 'accept-encoding': 'deflate, gzip;q=0.5' });
      expect(packed.headers).toMatchObject({ 'content-encoding': 'gzip', vary: 'accept, accept-encoding' });
      expect(packed.headers['content-length']).toBe(String(packed.body.length));
      expect(packed.body.length).toBeLessThan(text.length / 5);
      expect(gunzipSync(packed.body).toString()).toBe(text);
      expect(await (await fetch(url)).text()).toBe(text);
      for (const accepted of [undefined, 'gzip;q=0, *', 'br, ,;,;q=1']) {
        const plain = await raw(url, accepted === undefined ? {} : { 'accept-encoding': accepted });
        expect(plain.headers['content-encoding']).toBeUndefined();
        expect(plain.headers.vary).toBe('accept, accept-encoding');
        expect(plain.body.toString()).toBe(text);
      }
    }
  });

  it('answers in the format that the client asks for', async () => {
    const url = await serve(prometheusHandler(registryWith(4)));
    const open = await fetch(url, {
      headers: { accept: 'application/openmetrics-text;version=1.0.0,text/plain;q=0.5' },
    });
    expect(open.headers.get('content-type')).toBe(
      'application/openmetrics-text; version=1.0.0; charset=utf-8',
    );
    expect(await open.text()).toBe('# TYPE c counter\n# HELP c Größe\nc_total 4\n# EOF\n');
    const app = fastify();
    ends.push(() => app.close());
    app.get('/', prometheusFastifyHandler(registryWith(4)));
    const fastified = await app.inject({ url: '/', headers: { accept: 'application/openmetrics-text' } });
    expect(fastified.body).toContain('# EOF');
  });

  it('collects only what is asked for by name', async () => {
    const registry = registryWith(4);
    const collected: string[] = [];
    for (const name of ['quick', 'slow']) {
      registry.getOrCreate(Gauge, {
        name,
        help: name,
        collect() {
          collected.push(name);
          this.set(1);
          return name === 'slow' ? new Promise(() => {}) : undefined;
        },
      });
    }
    registry.onCollect('made when read', () => {
      registry.getOrCreate(Gauge, { name: 'late', help: 'late' }).set(1);
    });
    const url = await serve(prometheusHandler(registry));
    expect(await (await fetch(`${url}?name[]=quick&name[]=late`)).text()).toMatch(
      /^quick 1\n(.*\n)*late 1\n/m,
    );
    expect(collected).toEqual(['quick']);
    expect(await registry.getSingleMetricAsString('quick')).toContain('quick 1\n');
    expect(collected).toEqual(['quick', 'quick']);
  });

  it('answers with the metrics that are asked for by name', async () => {
    const registry = registryWith(4);
    registry.getOrCreate(Counter, { name: 'd_total', help: 'd' });
    registry.getOrCreate(Histogram, { name: 'h_seconds', help: 'h' });
    const app = express();
    const router = express.Router();
    router.use('/metrics', prometheusHandler(registry));
    app.use('/internal', router);
    const url = `${await serve(app)}/internal/metrics`;
    const shown = async (query: string) =>
      [...(await (await fetch(url + query)).text()).matchAll(/# TYPE (\w+)/g)].map(([, name]) => name);
    expect(await shown('')).toEqual(['c_total', 'd_total', 'h_seconds']);
    expect(await shown('?name[]=d_total')).toEqual(['d_total']);
    expect(await shown('?name[]=d')).toEqual(['d_total']);
    expect(await shown('?name%5B%5D=c_total&name[]=h_seconds_bucket')).toEqual(['c_total', 'h_seconds']);
    expect(await shown('?name[]=h_seconds_count&x=1')).toEqual(['h_seconds']);
    expect(await shown('?name[]=nothing')).toEqual([]);
    expect(await shown('?name=d_total')).toEqual(['c_total', 'd_total', 'h_seconds']);
  });

  it('streams a long answer, the same in every way of sending it', async () => {
    const registry = new Registry({ maxSeries: Infinity });
    const big = registry.getOrCreate(Counter, { name: 'big_total', help: 'b', labelNames: ['id'] });
    for (let id = 0; id < 20_000; id++) big.inc({ id }, id);
    const text = await registry.metrics();
    const app = fastify();
    app.get('/', prometheusFastifyHandler(registry));
    ends.push(() => app.close());
    for (const url of [
      await serve(prometheusHandler(registry)),
      await app.listen({ port: 0, host: '127.0.0.1' }),
    ]) {
      const plain = await raw(url, {});
      expect(plain.headers['transfer-encoding']).toBe('chunked');
      expect(plain.body.toString() === text).toBe(true);
      const packed = await raw(url, { 'accept-encoding': 'gzip' });
      expect(packed.headers['content-encoding']).toBe('gzip');
      expect(gunzipSync(packed.body).toString() === text).toBe(true);
      const head = await fetch(url, { method: 'HEAD' });
      expect([head.status, await head.text()]).toEqual([200, '']);
    }
  });

  it.each(['text', 'openmetrics', 'protobuf'] as const)(
    'lets others have their turn while it writes %s',
    async (format) => {
      const registry = new Registry({ maxSeries: Infinity });
      const big = registry.getOrCreate(Counter, {
        name: 'big_total',
        help: 'b',
        labelNames: ['id', 'method'],
      });
      for (let id = 0; id < 100_000; id++) big.inc({ id, method: 'GET' }, id);
      // Each look at the clock finds it a millisecond later.
      let time = 0;
      const looks = vi.spyOn(performance, 'now').mockImplementation(() => ++time);
      let turns = 0;
      let writing = true;
      const turn = () => {
        turns++;
        if (writing) setImmediate(turn);
      };
      setImmediate(turn);
      let bytes = 0;
      for await (const chunk of scrape(registry, format)) bytes += chunk.length;
      writing = false;
      expect(bytes).toBeGreaterThan(3_000_000);
      looks.mockRestore();
      // It looks every 300 lines, and gives way after 3 ms.
      expect(turns).toBeGreaterThan(50);
    },
  );

  it('survives a client that leaves in the middle of a long answer', async () => {
    const registry = new Registry({ maxSeries: Infinity });
    const big = registry.getOrCreate(Counter, { name: 'big_total', help: 'b', labelNames: ['id'] });
    for (let id = 0; id < 50_000; id++) big.inc({ id }, id);
    const handler = prometheusHandler(registry);
    const answered: Promise<void>[] = [];
    const url = await serve((request, response) => void answered.push(handler(request, response)));
    const [answer] = (await once(get(url), 'response')) as [IncomingMessage];
    await once(answer, 'data');
    answer.destroy();
    await Promise.all(answered);
    expect((await fetch(`${url}?name[]=none`)).status).toBe(200);
  });

  it('leaves out series that were taken away while it was writing', async () => {
    const registry = new Registry({ maxSeries: Infinity });
    const big = registry.getOrCreate(Counter, { name: 'big_total', help: 'b', labelNames: ['id'] });
    for (let id = 0; id < 10_000; id++) big.inc({ id });
    const chunks = scrape(registry, 'text');
    let text = String((await chunks.next()).value);
    big.reset();
    for await (const chunk of chunks) text += chunk;
    expect(text).not.toContain('NaN');
    expect(text.endsWith('\n')).toBe(true);
  });

  it('refuses what cannot be scraped', () => {
    expect(() => prometheusHandler({} as never)).toThrow(/prometheusHandler: registry/);
  });
});
