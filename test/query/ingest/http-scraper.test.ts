import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Diagnostics } from '../../../src/common/diagnostics.js';
import { embeddedSource } from '../../../src/query/embedded-source.js';
import { type HttpScraperOptions, httpScraper } from '../../../src/query/ingest/http-scraper.js';
import { TimeSeriesStore } from '../../../src/query/store/store.js';
import { FakeClock } from '../../../src/testing/fake-clock.js';

const NOON = 1_700_000_010_000;
let answer: RequestListener;
let server: Server;
let origin: string;

beforeEach(async () => {
  server = createServer((request, response) => answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

function setup(options: Partial<HttpScraperOptions> = {}) {
  const clock = new FakeClock({ now: NOON });
  const told: string[] = [];
  const diagnostics = new Diagnostics({
    clock,
    interval: 0,
    handler: ({ code, error }) => told.push(`${code}: ${(error as Error).message}`),
  });
  const store = new TimeSeriesStore({ clock });
  const source = embeddedSource(store, { clock });
  const scraper = httpScraper({
    url: `${origin}/metrics`,
    store,
    clock,
    diagnostics,
    labels: { job: 'worker', instance: 'a' },
    ...options,
  });
  const ask = async (query: string) => {
    const result = await source.query(query);
    if (result.type !== 'vector') throw new Error(result.type);
    return Object.fromEntries(result.samples.map(({ labels, value }) => [`${labels}`, value]));
  };
  return { clock, told, store, source, scraper, ask };
}

const UP = 'up{instance="a", job="worker"}';

function says(body: string | Buffer, headers: Record<string, string> = {}, status = 200): RequestListener {
  return (_request, response) => response.writeHead(status, headers).end(body);
}

describe('httpScraper', () => {
  it('brings what the target exposes, and says that it is up', async () => {
    let accept = '';
    answer = (request, response) => {
      accept = String(request.headers.accept);
      response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' });
      response.end('# HELP jobs Jobs that wait.\n# TYPE jobs gauge\njobs{queue="mail"} 7\n');
    };
    const { scraper, ask, source, clock } = setup();
    await scraper.scrape();
    expect(accept).toMatch(/^application\/openmetrics-text;version=1\.0\.0,text\/plain/);
    expect(await ask('{job="worker"}')).toEqual({
      'jobs{instance="a", job="worker", queue="mail"}': 7,
      [UP]: 1,
      'scrape_duration_seconds{instance="a", job="worker"}': 0,
      'scrape_samples_scraped{instance="a", job="worker"}': 1,
    });
    expect(await source.metadata?.()).toEqual({
      jobs: [{ type: 'gauge', help: 'Jobs that wait.', unit: '' }],
    });
    await clock.advance(1000);
    await scraper.stop();
    expect(await ask('{job="worker"}')).toEqual({});
  });

  it('scrapes on its interval until it is stopped', async () => {
    let count = 0;
    answer = (_request, response) => response.end(`scrapes ${++count}\n`);
    const { clock, scraper, store } = setup({ interval: 15_000 });
    const up = store.series({ __name__: 'up', job: 'worker', instance: 'a' });
    for (let i = 0; i < 3; i++) {
      await clock.advance(15_000);
      while (up?.lastTime !== clock.now()) await new Promise((resolve) => setImmediate(resolve));
      await clock.advance(0);
    }
    await scraper.stop();
    await clock.advance(60_000);
    await scraper.scrape();
    expect(count).toBe(3);
    expect(store.stats.outOfOrder).toBe(0);
  });

  it('reads OpenMetrics, compressed too, with exemplars', async () => {
    const text =
      '# TYPE requests counter\n# UNIT requests requests\nrequests_total 5 # {trace_id="abc"} 1 1700000000.5\n# EOF\n';
    answer = says(gzipSync(text), {
      'content-type': 'application/openmetrics-text; version=1.0.0; charset=utf-8',
      'content-encoding': 'gzip',
    });
    const { scraper, ask, source } = setup();
    await scraper.scrape();
    expect(Object.values(await ask('requests_total'))).toEqual([5]);
    const [found] = (await source.exemplars?.('rate(requests_total[5m])')) ?? [];
    expect(`${found?.series}`).toBe('requests_total{instance="a", job="worker"}');
    expect(found?.exemplars.map(({ labels, value, time }) => [`${labels}`, value, time])).toEqual([
      ['{trace_id="abc"}', 1, 1_700_000_000_500],
    ]);
  });

  it('ends the series of a target that goes away, and takes it up again', async () => {
    answer = says('x 1\n');
    const { clock, scraper, ask, told } = setup();
    await scraper.scrape();
    answer = (request) => request.socket.destroy();
    await clock.advance(1000);
    await scraper.scrape();
    expect(await ask('{__name__=~"x|up"}')).toEqual({ [UP]: 0 });
    expect(told).toHaveLength(1);
    answer = says('x 2\n');
    await clock.advance(1000);
    await scraper.scrape();
    expect(await ask('{__name__=~"x|up"}')).toEqual({ 'x{instance="a", job="worker"}': 2, [UP]: 1 });
  });

  const huge = Buffer.alloc(50 * 2 ** 20, 'x 1\n');
  it.each<[string, () => RequestListener, RegExp]>([
    ['answers 500', () => says('x 1\n', {}, 500), /answered 500/],
    ['answers with a page', () => says('<html>', { 'content-type': 'text/html' }), /text\/html/],
    ['answers rubbish', () => says('\u0000\u0001{{{\n!!!'), /nothing of the answer can be read; line 1/],
    ['redirects', () => says('', { location: '/elsewhere' }, 302), /redirect/],
    [
      'is cut off',
      () => says('x 1\n', { 'content-type': 'application/openmetrics-text' }),
      /without the closing # EOF/,
    ],
    ['answers 50 MB', () => says(huge), /larger than 16777216 bytes/],
    [
      'answers 50 MB in 50 KB',
      () => says(gzipSync(huge), { 'content-encoding': 'gzip' }),
      /larger than 16777216 bytes/,
    ],
    [
      'resets in the middle',
      () => (request, response) => {
        response.writeHead(200, { 'content-length': 1000 });
        response.write('x 1\n', () => request.socket.resetAndDestroy());
      },
      /./,
    ],
  ])('counts a target as down that %s', async (_what, listener, reason) => {
    answer = listener();
    const { scraper, ask, told } = setup();
    await scraper.scrape();
    expect(told).toEqual([expect.stringMatching(reason)]);
    expect(await ask('{__name__=~"x|up"}')).toEqual({ [UP]: 0 });
  });

  it('gives up a target that hangs, before or within its answer', async () => {
    for (const begins of [false, true]) {
      let arrived = () => {};
      const here = new Promise<void>((resolve) => {
        arrived = resolve;
      });
      answer = (_request, response) => {
        if (begins) response.write('x 1\n');
        arrived();
      };
      const { clock, scraper, ask, told } = setup({ interval: 100_000, timeout: 5_000 });
      const scraped = scraper.scrape();
      await here;
      await clock.advance(5_000);
      await scraped;
      expect(told).toEqual(['scrape_failed: there was no answer within 5000 ms']);
      expect(await ask('up')).toEqual({ [UP]: 0 });
      expect(Object.values(await ask('scrape_duration_seconds'))).toEqual([5]);
    }
  });

  it('stops at once, a running scrape included', async () => {
    let arrived = () => {};
    const here = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    answer = () => arrived();
    const { scraper, told, clock } = setup();
    const scraped = scraper.scrape();
    await here;
    await scraper.stop();
    await scraped;
    expect(told).toEqual([]);
    expect(clock.pending).toBe(0);
  });

  it('keeps the lines that can be read and tells of the others', async () => {
    answer = says('x 1\nthis is no line\ny 2\n');
    const { scraper, ask, told } = setup();
    await scraper.scrape();
    expect(told).toEqual([expect.stringMatching(/^scrape_lines_unreadable: line 2/)]);
    expect(Object.keys(await ask('{__name__=~"x|y|up"}'))).toHaveLength(3);
  });

  it('lets the process breathe while it reads a large answer', async () => {
    answer = says(Array.from({ length: 100_000 }, (_, i) => `x{n="${i}"} ${i}\n`).join(''));
    const { scraper, ask } = setup({ labels: {} });
    let turns = 0;
    let going = true;
    const turn = () => {
      turns++;
      if (going) setImmediate(turn);
    };
    turn();
    await scraper.scrape();
    going = false;
    expect(turns).toBeGreaterThan(20);
    expect(Object.values(await ask('count(x)'))[0]).toBeGreaterThan(99_000);
  });

  it('sends headers, and the credentials of the URL as a header', async () => {
    const seen: unknown[] = [];
    answer = (request, response) => {
      seen.push(request.headers.authorization, request.headers['x-tenant']);
      response.end('x 1\n');
    };
    const { scraper, ask } = setup({
      url: origin.replace('http://', 'http://me:s%3Acret@'),
      headers: { 'x-tenant': 'blue' },
      labels: {},
    });
    await scraper.scrape();
    expect(seen).toEqual([`Basic ${Buffer.from('me:s:cret').toString('base64')}`, 'blue']);
    expect(Object.keys(await ask('x'))).toEqual([`x{instance="${new URL(origin).host}"}`]);
  });

  it('refuses wrong options', () => {
    const store = new TimeSeriesStore();
    expect(() => httpScraper({ url: 'ftp://x', store })).toThrow('httpScraper: url is');
    expect(() => httpScraper({ url: origin, store: {} as never })).toThrow('store is');
    expect(() => httpScraper({ url: origin, store, interval: 1000, timeout: 2000 })).toThrow(
      'timeout is 2000; accepted: a whole number from 1 to 1000',
    );
    // @ts-expect-error: no such option
    expect(() => httpScraper({ url: origin, store, every: 1000 })).toThrow('unknown option');
  });
});
