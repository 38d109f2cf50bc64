import { once } from 'node:events';
import { createServer, get, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import express from 'express';
import fastify from 'fastify';
import { afterEach, describe, expect, it } from 'vitest';
import { prometheusFastifyHandler, prometheusHandler } from '../../../src/exporters/prometheus/index.js';
import { Counter, Registry } from '../../../src/metrics/index.js';

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
      expect(packed.headers).toMatchObject({ 'content-encoding': 'gzip', vary: 'accept-encoding' });
      expect(packed.headers['content-length']).toBe(String(packed.body.length));
      expect(packed.body.length).toBeLessThan(text.length / 5);
      expect(gunzipSync(packed.body).toString()).toBe(text);
      expect(await (await fetch(url)).text()).toBe(text);
      for (const accepted of [undefined, 'gzip;q=0, *', 'br, ,;,;q=1']) {
        const plain = await raw(url, accepted === undefined ? {} : { 'accept-encoding': accepted });
        expect(plain.headers['content-encoding']).toBeUndefined();
        expect(plain.headers.vary).toBe('accept-encoding');
        expect(plain.body.toString()).toBe(text);
      }
    }
  });

  it('refuses what cannot be scraped', () => {
    expect(() => prometheusHandler({} as never)).toThrow(/prometheusHandler: registry/);
  });
});
