import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Diagnostic, Diagnostics } from '../../../src/common/diagnostics.js';
import { TelltaleError } from '../../../src/common/errors.js';
import { RetryableExportError } from '../../../src/common/export.js';
import { HttpTransport, type HttpTransportOptions } from '../../../src/common/http-transport.js';
import { type DiskSpoolOptions, diskSpool } from '../../../src/common/spool/index.js';
import { FakeClock } from '../../../src/testing/fake-clock.js';
import { TestServer } from '../http-server.js';

let server: TestServer;
let directory: string;
let clock: FakeClock;
let told: Diagnostic[];
let diagnostics: Diagnostics;
const transports: HttpTransport[] = [];

beforeEach(async () => {
  server = await TestServer.start();
  directory = mkdtempSync(join(tmpdir(), 'telltale-spool-'));
  clock = new FakeClock();
  told = [];
  diagnostics = new Diagnostics({ handler: (diagnostic) => told.push(diagnostic), interval: 0 });
});

afterEach(async () => {
  server.answer = ok;
  for (const transport of transports.splice(0)) await transport.close();
  await server.stop();
  rmSync(directory, { recursive: true, force: true });
});

const ok = (response: ServerResponse) => void response.end();
const down = (response: ServerResponse) => void response.writeHead(503).end();

/** A transport with a spool, as an exporter makes them; the clock stands still, so that nothing is tried by itself. */
function open(own: Partial<DiskSpoolOptions> = {}, more: Partial<HttpTransportOptions> = {}) {
  const spool = diskSpool({ directory, clock, ...own });
  const transport = new HttpTransport({
    owner: 'test',
    url: `${server.url}/in`,
    spool,
    diagnostics,
    ...more,
  });
  transports.push(transport);
  const post = (text: string, items = 1) => transport.post(Buffer.from(text), 'text/plain', undefined, items);
  return { spool, transport, post };
}

/** Ends a transport as `kill -9` would, for its folder: as if its process had never closed it and were gone. */
function abandon(transport: HttpTransport): void {
  transports.splice(transports.indexOf(transport), 1);
  const parent = join(directory, readdirSync(directory)[0]!);
  const [name] = readdirSync(parent);
  // A number that no process has: Linux and macOS stop far below.
  const dead = name!.replace(/^\d+/, '99999999');
  mkdirSync(join(parent, dead));
  for (const file of readdirSync(join(parent, name!))) {
    writeFileSync(join(parent, dead, file), readFileSync(join(parent, name!, file)));
  }
}

const bodies = () => server.received.map(({ body }) => body.toString());
const files = () =>
  readdirSync(directory, { recursive: true }).filter((name) => String(name).endsWith('.seg'));

describe('diskSpool', () => {
  it('is not in the way while the back end answers', async () => {
    const { spool, post } = open();
    const answer = await post('a');
    expect(answer).toMatchObject({ status: 200 });
    expect(answer.spooled).toBeUndefined();
    expect(files()).toEqual([]);
    expect(spool.stats).toMatchObject({ spooled: 0, bytes: 0 });
  });

  it('keeps what cannot be sent, and sends it later in order, behind it what came meanwhile', async () => {
    server.answer = down;
    const { spool, transport, post } = open();
    expect(await post('a', 3)).toMatchObject({ spooled: true });
    expect(await post('b', 4)).toMatchObject({ spooled: true });
    expect(bodies()).toEqual(['a']); // nothing overtakes what waits
    await transport.flush();
    expect(bodies()).toEqual(['a', 'a']);
    server.answer = ok;
    expect(await post('c', 5)).toMatchObject({ spooled: true });
    await transport.flush();
    expect(bodies().slice(2)).toEqual(['a', 'b', 'c']);
    expect(spool.stats).toMatchObject({ spooled: 12, sent: 12, repeated: 0, bytes: 0 });
    expect(files()).toEqual([]);
    expect(await post('d')).toMatchObject({ status: 200 });
  });

  it('tries by itself, with pauses that grow', async () => {
    server.answer = down;
    const { spool, post } = open({ random: { int32: () => 0, float: () => 0.999 } });
    await post('a');
    await clock.advance(998);
    expect(server.received).toHaveLength(1);
    server.answer = ok;
    await clock.advance(2);
    await until(() => spool.stats.sent === 1);
    expect(bodies()).toEqual(['a', 'a']);
  });

  it('waits as long as the back end asks, and a flush does not change that', async () => {
    server.answer = (response) => response.writeHead(429, { 'retry-after': '60' }).end();
    const { spool, transport, post } = open();
    await post('a');
    server.answer = ok;
    await transport.flush();
    await clock.advance(59_000);
    expect(server.received).toHaveLength(1);
    await clock.advance(1_000);
    await until(() => spool.stats.sent === 1);
    expect(spool.stats.repeated).toBe(0);
  });

  it('sends headers as they are then, and keeps none of them on disk', async () => {
    server.answer = down;
    let token = 'first-secret';
    const { transport, post } = open(
      {},
      {
        headers: () => ({ authorization: token }),
        baseHeaders: { 'x-tenant': 'secret-tenant' },
        compression: 'gzip',
      },
    );
    const text = 'spans '.repeat(1000);
    await post(text);
    const kept = readFileSync(join(directory, String(files()[0])), 'latin1');
    expect(kept).not.toMatch(/secret/);
    expect(kept.length).toBeLessThan(500);
    token = 'second-secret';
    server.answer = ok;
    await transport.flush();
    expect(server.received[1]).toMatchObject({
      headers: { authorization: 'second-secret', 'x-tenant': 'secret-tenant', 'content-encoding': 'gzip' },
    });
    expect(bodies()[1]).toBe(text);
  });

  it('tells the exporter what the back end answers in the end', async () => {
    server.answer = down;
    const answers: string[] = [];
    const { transport, post } = open(
      {},
      {
        onSpoolAnswer(answer) {
          answers.push(Buffer.from(answer.body).toString());
          throw new Error('an exporter with a fault');
        },
      },
    );
    await post('a');
    server.answer = (response) => response.end('thanks');
    await transport.flush();
    expect(answers).toEqual(['thanks']);
  });

  it('drops and counts what the back end refuses for good, and goes on', async () => {
    server.answer = down;
    const { spool, transport, post } = open();
    await post('bad', 7);
    await post('good', 2);
    server.answer = (response, _request, nth) => response.writeHead(nth === 2 ? 400 : 200).end();
    await transport.flush();
    expect(spool.stats).toMatchObject({ sent: 2, dropped: { refused: 7 } });
    expect(told).toContainEqual(expect.objectContaining({ code: 'spool_refused' }));
    await expect(
      (async () => {
        server.answer = (response) => response.writeHead(400).end();
        await post('at once');
      })(),
    ).rejects.toThrow('answered 400');
  });

  it('drops and counts what is too old', async () => {
    server.answer = down;
    const { spool, transport, post } = open({ maxAge: 60_000 });
    await post('old', 5);
    clock.set(clock.now() + 61_000);
    await post('new', 6);
    server.answer = ok;
    await transport.flush();
    expect(bodies()).toEqual(['old', 'new']);
    expect(spool.stats).toMatchObject({ sent: 6, dropped: { expired: 5 } });
  });

  it('keeps what seems to come from the future: the clock was set back', async () => {
    server.answer = down;
    const { spool, transport, post } = open({ maxAge: 60_000 });
    await post('a');
    clock.set(0);
    server.answer = ok;
    await transport.flush();
    expect(spool.stats).toMatchObject({ sent: 1 });
  });

  it('never takes more room than it may: the oldest give way and are counted', async () => {
    server.answer = down;
    const { spool, transport, post } = open({ maxBytes: 10_000 });
    const text = (i: number) => `${String(i).padStart(3, '0')}${'x'.repeat(500)}`;
    for (let i = 0; i < 100; i++) {
      await post(text(i));
      expect(spool.stats.bytes).toBeLessThanOrEqual(10_000);
    }
    server.answer = ok;
    const before = server.received.length;
    await transport.flush();
    const { sent, dropped } = spool.stats;
    expect(sent + dropped.full).toBe(100);
    expect(sent).toBeGreaterThan(10);
    const order = bodies()
      .slice(before)
      .map((body) => Number(body.slice(0, 3)));
    expect(order).toEqual(Array.from({ length: sent }, (_, i) => 100 - sent + i));
  });

  it('leaves to the queue what is too large to keep', async () => {
    server.answer = down;
    const { post } = open({ maxBytes: 2_000 });
    await expect(post('x'.repeat(1_500))).rejects.toBeInstanceOf(RetryableExportError);
  });

  it('leaves to the queue what cannot be written, tells of it, and mends itself', async () => {
    server.answer = down;
    const { spool, transport, post } = open();
    await transport.flush();
    // No folder for files, whoever runs the test: a file stands in its place.
    rmSync(directory, { recursive: true });
    writeFileSync(directory, '');
    await expect(post('a')).rejects.toThrow('answered 503');
    expect(told).toContainEqual(expect.objectContaining({ code: 'spool_failed' }));
    rmSync(directory);
    expect(await post('b')).toMatchObject({ spooled: true });
    // And what was kept is gone with its folder.
    rmSync(directory, { recursive: true });
    server.answer = ok;
    await transport.flush();
    expect(spool.stats.dropped.corrupt).toBe(1);
    expect(await post('c')).toMatchObject({ status: 200 });
    expect(told).toContainEqual(expect.objectContaining({ code: 'spool_corrupt' }));
  });

  it('takes over what a killed process left, and sends it before anything of its own', async () => {
    server.answer = down;
    const first = open();
    await first.post('a', 2);
    await first.post('b', 3);
    abandon(first.transport);
    server.received.length = 0;
    const second = open();
    await second.post('c', 4);
    server.answer = ok;
    await second.transport.flush(); // ends with the attempt that is under way
    await second.transport.flush();
    expect(bodies().filter((body, i, all) => all.indexOf(body) === i)).toEqual(['a', 'b', 'c']);
    expect(second.spool.stats).toMatchObject({ spooled: 4, sent: 9, repeated: 0 });
  });

  it('knows where a killed process had got to, and counts what may arrive twice', async () => {
    server.answer = down;
    const first = open();
    for (const text of ['a', 'b', 'c']) await first.post(text, 10);
    let arrived: (() => void) | undefined;
    const inFlight = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    // 'a' arrives; 'b' arrives too, but its answer never leaves: then the process is killed.
    server.answer = (response, _request, nth) => (nth === 2 ? ok(response) : arrived!());
    void first.transport.flush();
    await inFlight;
    abandon(first.transport);
    server.answer = ok;
    server.received.length = 0;
    const second = open();
    await second.transport.flush();
    expect(bodies()).toEqual(['b', 'c']);
    expect(second.spool.stats).toMatchObject({ sent: 20, repeated: 10 });
  });

  it('counts as repeated what was sent again after a connection that ended without an answer', async () => {
    server.answer = (response) => void response.destroy();
    const { spool, transport, post } = open();
    await post('a', 8);
    server.answer = ok;
    await transport.flush();
    expect(spool.stats).toMatchObject({ sent: 8, repeated: 8 });
  });

  it('skips and counts what is damaged', async () => {
    server.answer = down;
    const first = open();
    for (const text of ['aaaa', 'bbbb', 'cccc']) await first.post(text, 10);
    abandon(first.transport);
    for (const file of files()) {
      const path = join(directory, String(file));
      const bytes = readFileSync(path);
      bytes[bytes.indexOf('bbbb')] = 0;
      writeFileSync(path, Buffer.concat([bytes, Buffer.from('half a rec')]));
    }
    server.answer = ok;
    server.received.length = 0;
    const second = open();
    await second.transport.flush();
    expect(bodies()).toEqual(['aaaa', 'cccc']);
    expect(second.spool.stats).toMatchObject({ sent: 20, dropped: { corrupt: 11 } });
  });

  it('hands what is left to the next process when it is shut down', async () => {
    server.answer = down;
    const first = open();
    await first.post('a', 2);
    await first.transport.close();
    await expect(first.post('late')).rejects.toThrow();
    server.answer = ok;
    const second = open();
    await second.transport.flush();
    expect(second.spool.stats).toMatchObject({ sent: 2 });
  });

  it('takes over from another host what nobody has touched for ten minutes, and looks again every minute', async () => {
    server.answer = down;
    const first = open();
    await first.post('a', 2);
    abandon(first.transport);
    const parent = join(directory, readdirSync(directory)[0]!);
    const dead = readdirSync(parent).find((name) => name.startsWith('99999999'))!;
    const elsewhere = join(parent, dead.replace(/^(\d+)-(\d+)-[0-9a-f]{8}/, '$1-$2-00000000'));
    renameSync(join(parent, dead), elsewhere);
    await first.transport.close(); // which lives in truth, and would take it over as well
    for (const name of readdirSync(parent))
      if (name.startsWith('free-')) rmSync(join(parent, name), { recursive: true });
    server.answer = ok;
    const second = open();
    await second.transport.flush();
    await clock.advance(60_000);
    await second.transport.flush();
    expect(second.spool.stats.sent).toBe(0);
    const longAgo = Date.now() / 1000 - 601;
    utimesSync(elsewhere, longAgo, longAgo);
    await clock.advance(60_000);
    await until(() => second.spool.stats.sent === 2);
  });

  it('waits for the disk itself where it is told to', async () => {
    server.answer = down;
    const { spool, transport, post } = open({ sync: true });
    await post('a');
    server.answer = ok;
    await transport.flush();
    expect(spool.stats).toMatchObject({ spooled: 1, sent: 1 });
  });

  it('closes once, however often it is told to', async () => {
    server.answer = down;
    const { transport, post } = open();
    await post('a');
    await Promise.all([transport.close(), transport.close()]);
    await transport.close();
    expect(told.map(({ code }) => code)).not.toContain('spool_failed');
  });

  it('leaves the folders of a process that lives alone', async () => {
    server.answer = down;
    const first = open();
    await first.post('a');
    const second = open();
    server.answer = ok;
    await second.transport.flush();
    expect(second.spool.stats.sent).toBe(0);
    await first.transport.flush();
    expect(first.spool.stats.sent).toBe(1);
  });

  it('keeps the requests for different addresses apart', async () => {
    server.answer = down;
    const spool = diskSpool({ directory, clock });
    const one = new HttpTransport({ owner: 'test', url: `${server.url}/one`, spool });
    const two = new HttpTransport({ owner: 'test', url: `${server.url}/two`, spool });
    transports.push(one, two);
    await one.post(Buffer.from('1'), 'text/plain');
    await two.post(Buffer.from('2'), 'text/plain');
    server.answer = ok;
    await Promise.all([one.flush(), two.flush()]);
    expect(
      server.received
        .slice(2)
        .map(({ path, body }) => path + body)
        .sort(),
    ).toEqual(['/one1', '/two2']);
    expect(spool.stats.sent).toBe(2);
  });

  it('has its say in the self-metrics', async () => {
    server.answer = down;
    const { transport, post } = open();
    await post('a', 2);
    server.answer = ok;
    await transport.flush();
    const counters = [...diagnostics.counters()].filter(({ name }) => name.startsWith('telltale_spool'));
    expect(counters.map(({ name, labels, value }) => [name, labels.spool, value])).toEqual([
      ['telltale_spool_items_spooled_total', 'test', 2],
      ['telltale_spool_items_sent_total', 'test', 2],
    ]);
  });

  it('refuses wrong options by name', () => {
    const wrong = [
      [{}, 'directory is ""'],
      [{ directory: '' }, 'directory is ""'],
      [
        { directory: '/dev/null/x' },
        'directory is "/dev/null/x"; accepted: a directory that can be written to',
      ],
      [{ directory, maxBytes: 3 }, 'maxBytes is 3'],
      [{ directory, maxAge: Number.NaN }, 'maxAge is NaN'],
      [{ directory, retry: { maxAttempts: 3 } }, 'unknown option "maxAttempts"'],
      [{ directory, sync: 'yes' }, 'sync is "yes"'],
      [{ directory, path: '/' }, 'unknown option "path"'],
    ] as const;
    for (const [options, message] of wrong) {
      const make = () => diskSpool(options as unknown as DiskSpoolOptions);
      expect(make, message).toThrow(TelltaleError);
      expect(make).toThrow(message);
    }
    // @ts-expect-error the directory has no default
    expect(() => diskSpool({})).toThrow();
    expect(() => open({}, { spool: {} as never })).toThrow('spool');
  });
});

/** Waits for real files and sockets. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}
