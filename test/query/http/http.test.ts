import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Counter, Registry } from '../../../src/metrics/index.js';
import { embeddedSource } from '../../../src/query/embedded-source.js';
import { QueryError } from '../../../src/query/errors.js';
import { FloatHistogram } from '../../../src/query/histogram/histogram.js';
import { type QueryApiHandler, queryApiHandler } from '../../../src/query/http/handler.js';
import { type PrometheusSourceOptions, prometheusSource } from '../../../src/query/http/prometheus-source.js';
import { ExpositionIngest } from '../../../src/query/ingest/exposition-ingest.js';
import { registryScraper } from '../../../src/query/ingest/registry-scraper.js';
import { parseSeries } from '../../../src/query/notation/series.js';
import type { QueryResult } from '../../../src/query/result.js';
import type { MetricSource } from '../../../src/query/source.js';
import { TimeSeriesStore } from '../../../src/query/store/store.js';
import { FakeClock } from '../../../src/testing/fake-clock.js';
import { expressions } from '../promql/generate.js';

const store = new TimeSeriesStore({ retention: Infinity });
for (const line of [
  'a_total{job="x"} 0+7x40',
  'a_total{job="y"} 3 _ NaN Inf -Inf 1e300',
  'h{job="x"} {{schema:1 sum:5 count:7 z_bucket:1 z_bucket_w:0.001 buckets:[1 2 1] n_buckets:[1 0 1]}}x40',
  'h{job="c"} {{schema:-53 sum:5 count:4 custom_values:[5 10] buckets:[1 2 1]}}x40',
  '{"utf8.name", "my label"="ü"} 1x40',
]) {
  const { labels, values } = parseSeries(line);
  for (const [i, value] of values.entries()) {
    if (value !== undefined && value !== 'stale') store.append(labels, value, i * 30_000);
  }
}
const embedded = embeddedSource(store, { experimental: true });

let handler: QueryApiHandler = queryApiHandler(embedded);
let server: Server;
let url: string;
let remote: MetricSource;

beforeAll(async () => {
  server = createServer((request, response) => {
    handler(request, response).then(
      (answered) => answered || response.writeHead(404).end('no such page'),
      () => response.destroy(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  remote = prometheusSource({ url });
});
afterAll(() => server.close());

describe('a telltale service as data source, and prometheusSource reading from it', () => {
  it('cannot be told from the store itself', async () => {
    const vocabulary = { metrics: ['a_total', 'h'], labels: ['job', 'my_label'], values: ['x', 'y'] };
    await fc.assert(
      fc.asyncProperty(expressions(vocabulary, true), async (query) => {
        const at = { time: 600_000 };
        const range = { start: 0, end: 900_000, step: 90_000 };
        expect(await outcome(() => remote.query(query, at))).toEqual(
          await outcome(() => embedded.query(query, at)),
        );
        expect(await outcome(() => remote.queryRange(query, range))).toEqual(
          await outcome(() => embedded.queryRange(query, range)),
        );
      }),
      { numRuns: 100 },
    );
  });

  it.each(['-h * 0', '-a_total * 0', '-0'])('keeps the sign of a zero: %s', async (query) => {
    const at = { time: 600_000 };
    const [over, inside] = [
      await outcome(() => remote.query(query, at)),
      await outcome(() => embedded.query(query, at)),
    ];
    expect(over).toEqual(inside);
  });

  it('answers for labels and series', async () => {
    expect(await remote.labelNames()).toEqual(['__name__', 'job', 'my label']);
    expect(await remote.labelNames({ match: 'a_total' })).toEqual(['__name__', 'job']);
    expect(await remote.labelValues('job')).toEqual(['c', 'x', 'y']);
    expect(await remote.labelValues('my label')).toEqual(['ü']);
    expect(await remote.labelValues('job', { match: ['a_total', 'nothing'] })).toEqual(['x', 'y']);
    const series = await remote.series(['{job="x"}', 'a_total'], { start: 0, end: new Date(900_000) });
    expect(series.map(String)).toEqual(['a_total{job="x"}', 'a_total{job="y"}', 'h{job="x"}']);
    expect(await remote.series('h', { start: 10_000_000 })).toEqual([]);
  });

  it('answers for the labels of a while only', async () => {
    const early = new TimeSeriesStore({ retention: Infinity });
    early.append({ __name__: 'old', zone: 'a' }, 1, 0);
    early.append({ __name__: 'new', rack: 'b' }, 1, 600_000);
    const local = embeddedSource(early);
    const before = handler;
    handler = queryApiHandler(local);
    for (const source of [local, remote]) {
      expect(await source.labelNames()).toEqual(['__name__', 'rack', 'zone']);
      expect(await source.labelNames({ start: 300_000 })).toEqual(['__name__', 'rack']);
      expect(await source.labelNames({ end: 300_000 })).toEqual(['__name__', 'zone']);
      expect(await source.labelValues('__name__', { start: 1, end: 900_000 })).toEqual(['new']);
      expect(await source.labelValues('__name__', { start: 1, end: 300_000 })).toEqual([]);
    }
    handler = before;
  });

  it('answers for metadata and exemplars', async () => {
    const scraped = new TimeSeriesStore();
    const clock = new FakeClock({ now: 1_700_000_000_000 });
    const registry = new Registry({ clock });
    new Counter({ registers: [registry], name: 'jobs_total', help: 'Jobs done.' }).inc();
    await registryScraper({ registry, store: scraped, clock }).scrape();
    new ExpositionIngest(scraped, { labels: { job: 'api' } }).ingest(
      [
        '# TYPE latency histogram',
        '# HELP latency How long.\\nIn seconds.',
        'latency_bucket{le="1"} 5 # {trace_id="a"} 0.5 1700000000.25',
        'latency_bucket{le="+Inf"} 6 # {trace_id="b",span="{ # }"} 7',
        'latency_count 6 # not an exemplar',
        '# EOF',
      ].join('\n'),
      1_700_000_001_000,
    );
    const local = embeddedSource(scraped);
    const before = handler;
    handler = queryApiHandler(local);
    const metadata = {
      jobs_total: [{ type: 'counter', help: 'Jobs done.', unit: '' }],
      latency: [{ type: 'histogram', help: 'How long.\nIn seconds.', unit: '' }],
    };
    const query = 'histogram_quantile(0.9, rate(latency_bucket[5m])) > 1';
    for (const source of [local, remote]) {
      expect(await source.metadata?.()).toEqual(metadata);
      const found = (await source.exemplars?.(query)) ?? [];
      expect(
        found.map(({ series, exemplars }) => [
          `${series}`,
          ...exemplars.map(({ labels, value, time }) => [`${labels}`, value, time]),
        ]),
      ).toEqual([
        ['latency_bucket{job="api", le="+Inf"}', ['{span="{ # }", trace_id="b"}', 7, 1_700_000_001_000]],
        ['latency_bucket{job="api", le="1.0"}', ['{trace_id="a"}', 0.5, 1_700_000_000_250]],
      ]);
      expect(await source.exemplars?.(query, { start: 1_700_000_000_500 })).toHaveLength(1);
      expect(await source.exemplars?.('jobs_total')).toEqual([]);
      await expect(source.exemplars?.('rate(')).rejects.toThrow(/parse error/);
    }
    const answer = await fetch(`${url}/api/v1/query_exemplars?query=latency_bucket{le="1.0"}`);
    expect(await answer.json()).toEqual({
      status: 'success',
      data: [
        {
          seriesLabels: { __name__: 'latency_bucket', job: 'api', le: '1.0' },
          exemplars: [{ labels: { trace_id: 'a' }, value: '0.5', timestamp: 1_700_000_000.25 }],
        },
      ],
    });
    const one = await fetch(`${url}/api/v1/metadata?metric=latency&limit_per_metric=1`);
    expect(await one.json()).toEqual({ status: 'success', data: { latency: metadata.latency } });
    handler = before;
  });

  it('brings native histograms across', async () => {
    const result = await remote.query('h', { time: 0 });
    const values = result.type === 'vector' ? result.samples.map(({ value }) => value) : [];
    const local = await embedded.query('h', { time: 0 });
    const expected = local.type === 'vector' ? local.samples.map(({ value }) => value) : [];
    expect(values.map(String)).toEqual(expected.map(String));
    expect((values[0] as FloatHistogram).schema).toBe(1);
    expect((values[1] as FloatHistogram).customValues).toEqual([5, 10]);
  });

  it.each([
    ['/api/v1/query?query=sum(', 400, 'bad_data', '1:5: parse error: unclosed left parenthesis'],
    ['/api/v1/query', 400, 'bad_data', 'invalid parameter "query": missing'],
    [
      '/api/v1/query?query=1&time=never',
      400,
      'bad_data',
      'invalid parameter "time": cannot parse "never" to a valid timestamp',
    ],
    [
      '/api/v1/query?query=1&timeout=x',
      400,
      'bad_data',
      'invalid parameter "timeout": cannot parse "x" to a valid duration',
    ],
    [
      '/api/v1/query_range?query=1&start=0&end=1',
      400,
      'bad_data',
      'invalid parameter "step": cannot parse "" to a valid duration',
    ],
    [
      '/api/v1/query_range?query=1&start=1&end=0&step=1',
      400,
      'bad_data',
      'invalid parameter "end": end timestamp must not be before start time',
    ],
    [
      '/api/v1/query_range?query=1&start=0&end=1&step=-1',
      400,
      'bad_data',
      'invalid parameter "step": zero or negative query resolution step widths are not accepted. Try a positive integer',
    ],
    [
      '/api/v1/query_range?query=1&start=0&end=1000000&step=1',
      400,
      'bad_data',
      'exceeded maximum resolution of 11000 points per timeseries, got 1000001. Try decreasing the query resolution (?step=XX)',
    ],
    [
      '/api/v1/query?query=a_total%2Bon()a_total&time=0',
      422,
      'execution',
      /^found duplicate series for the match group/,
    ],
    ['/api/v1/series', 400, 'bad_data', 'no match[] parameter provided'],
    ['/api/v1/series?match[]=1', 400, 'bad_data', '1 is not a series selector'],
    ['/api/v1/labels?limit=-1', 400, 'bad_data', 'invalid parameter "limit": limit must be non-negative'],
  ])('answers %s with %i', async (path, status, errorType, error) => {
    const response = await fetch(url + path);
    expect(response.status).toBe(status);
    expect(await response.json()).toEqual({
      status: 'error',
      errorType,
      error: typeof error === 'string' ? error : expect.stringMatching(error),
    });
  });

  it('speaks the dialect that clients expect', async () => {
    const get = async (path: string): Promise<unknown> => (await fetch(url + path)).json();
    expect(await get('/api/v1/query?query=1%2B1&time=1970-01-01T00:00:10.5Z')).toEqual({
      status: 'success',
      data: { resultType: 'scalar', result: [10.5, '2'] },
    });
    expect(await get('/api/v1/query?query=a_total/0&time=60')).toMatchObject({
      data: {
        resultType: 'vector',
        result: [{ metric: { job: 'x' }, value: [60, '+Inf'] }, { value: [60, 'NaN'] }],
      },
    });
    expect(await get('/api/v1/query_range?query=a_total{job="x"}&start=0&end=60&step=30s')).toMatchObject({
      data: {
        resultType: 'matrix',
        result: [
          {
            values: [
              [0, '0'],
              [30, '7'],
              [60, '14'],
            ],
          },
        ],
      },
    });
    expect(await get('/api/v1/query?query=h{job="c"}&time=0')).toMatchObject({
      data: {
        result: [
          {
            histogram: [
              0,
              {
                count: '4',
                sum: '5',
                buckets: [
                  [3, '-Inf', '5', '1'],
                  [0, '5', '10', '2'],
                  [0, '10', '+Inf', '1'],
                ],
              },
            ],
          },
        ],
      },
    });
    expect(await get('/api/v1/labels?limit=1')).toEqual({
      status: 'success',
      data: ['__name__'],
      warnings: ['results truncated due to limit'],
    });
    expect(await get('/api/v1/query_exemplars?query=up')).toEqual({ status: 'success', data: [] });
    expect(await get('/api/v1/metadata')).toEqual({ status: 'success', data: {} });
    expect(await get('/api/v1/status/buildinfo')).toMatchObject({ data: { version: '3.5.0' } });
    expect((await fetch(`${url}/api/v1/admin/tsdb/snapshot`, { method: 'POST' })).status).toBe(404);
    expect((await fetch(`${url}/metrics`)).status).toBe(404);
    expect((await fetch(`${url}/api/v1/query?query=1`, { method: 'DELETE' })).status).toBe(405);
  });

  it('lets in whom it should', async () => {
    handler = queryApiHandler(embedded, {
      authorize: ({ headers }) => headers.authorization === 'Bearer key',
    });
    await expect(remote.query('1')).rejects.toThrow('not authorized');
    const allowed = prometheusSource({ url, headers: async () => ({ authorization: 'Bearer key' }) });
    await expect(allowed.query('1')).resolves.toMatchObject({ value: 1 });
    handler = queryApiHandler(embedded, { maxBodyBytes: 100 });
    await expect(remote.query(`1 ${'#'.repeat(200)}`)).rejects.toThrow('the body is larger than 100 bytes');
    handler = queryApiHandler(embedded);
  });

  it('gives up the query of a client that goes away', async () => {
    let seen: AbortSignal | undefined;
    const hanging: MetricSource = {
      ...embedded,
      query: (_query, options) => {
        seen = options?.signal;
        return new Promise((_resolve, reject) =>
          seen?.addEventListener('abort', () => reject(new QueryError('canceled', ''))),
        );
      },
    };
    handler = queryApiHandler(hanging);
    const controller = new AbortController();
    const request = remote.query('1', { signal: controller.signal });
    while (seen === undefined) await new Promise((resolve) => setImmediate(resolve));
    controller.abort();
    await expect(request).rejects.toMatchObject({ type: 'canceled' });
    while (!seen.aborted) await new Promise((resolve) => setImmediate(resolve));
    handler = queryApiHandler(embedded);
  });
});

describe('prometheusSource', () => {
  const success = { status: 'success', data: { resultType: 'scalar', result: [0, '1'] } };

  it('tries again what may succeed, waiting as it is told', async () => {
    const clock = new FakeClock({ now: 0 });
    const answers = [
      () => Promise.reject(new TypeError('fetch failed', { cause: new Error('connect ECONNREFUSED') })),
      async () => new Response('busy', { status: 503, headers: { 'retry-after': '2' } }),
      async () => Response.json(success),
    ];
    const source = sourceOf(async () => answers.shift()!(), { clock });
    const query = source.query('1');
    await clock.advance(1500);
    expect(answers).toHaveLength(1);
    await clock.advance(2000);
    await expect(query).resolves.toMatchObject({ type: 'scalar', value: 1 });
  });

  it('says what went wrong', async () => {
    const failing = (answer: () => Promise<Response>): Promise<unknown> => sourceOf(answer).query('1');
    await expect(
      failing(() => Promise.reject(new TypeError('fetch failed', { cause: new Error('no route') }))),
    ).rejects.toMatchObject({
      type: 'unavailable',
      message: 'http://prometheus cannot be reached: no route',
    });
    await expect(failing(async () => new Response('<h1>Bad\nGateway</h1>', { status: 500 }))).rejects.toThrow(
      'the server answered 500: <h1>Bad Gateway</h1>',
    );
    await expect(failing(async () => new Response('hello'))).rejects.toThrow('the answer is not JSON');
    await expect(failing(async () => Response.json({ status: 'success', data: {} }))).rejects.toThrow(
      'not in the form',
    );
    await expect(failing(async () => Response.json(null))).rejects.toThrow('not in the form');
  });

  it('gives up at the deadline, even while it waits', async () => {
    const clock = new FakeClock({ now: 0 });
    const hanging = sourceOf((_url, init) => aborted(init?.signal), { clock, timeout: 5000 });
    const query = hanging.query('1');
    const waiting = sourceOf(async () => new Response('', { status: 503 }), {
      clock,
      timeout: 3000,
      retry: { maxAttempts: 100, initialDelay: 1_000_000, maxDelay: 1_000_000, maxElapsed: 1e9 },
      random: { float: () => 0.9, int32: () => 0 },
    }).query('1');
    const settled = Promise.allSettled([query, waiting]);
    await clock.advance(6000);
    const reasons = (await settled).map((one) => (one as PromiseRejectedResult).reason as Error);
    expect(reasons[0]).toMatchObject({ type: 'timeout', message: 'no answer within 5000 ms' });
    expect(reasons[1]).toMatchObject({ type: 'timeout', message: 'no answer within 3000 ms' });
  });

  it('keeps the path of a proxy, and refuses what is no URL', async () => {
    const seen: string[] = [];
    const source = prometheusSource({
      url: 'http://proxy/prom/',
      fetch: async (target) => {
        seen.push(String(target));
        return Response.json({ status: 'success', data: [] });
      },
    });
    await source.labelValues('http.status');
    await source.labelNames();
    expect(seen).toEqual([
      'http://proxy/prom/api/v1/label/U__http_2e_status/values',
      'http://proxy/prom/api/v1/labels',
    ]);
    expect(() => prometheusSource({ url: 'ftp://x' })).toThrow(
      'prometheusSource: url is "ftp://x"; accepted',
    );
    expect(() => prometheusSource({ url: 'http://x', timeout: 0 })).toThrow('timeout is 0');
  });
});

function sourceOf(
  fetch: typeof globalThis.fetch,
  options: Partial<PrometheusSourceOptions> = {},
): MetricSource {
  return prometheusSource({
    url: 'http://prometheus',
    fetch,
    retry: options.clock === undefined ? false : { maxAttempts: 3 },
    ...options,
  });
}

function aborted(signal: AbortSignal | null | undefined): Promise<Response> {
  return new Promise((_resolve, reject) => signal?.addEventListener('abort', () => reject(signal.reason)));
}

/** A result, or the error in its place, with histograms as the API shows them. */
async function outcome(run: () => Promise<QueryResult>): Promise<unknown> {
  try {
    return JSON.parse(
      JSON.stringify(await run(), (_key, value: unknown) => {
        if (value instanceof FloatHistogram) return value.compact().toString();
        return typeof value === 'number' ? (Object.is(value, -0) ? '0' : String(value)) : value;
      }),
    );
  } catch (error) {
    if (!(error instanceof QueryError)) throw error;
    return { type: error.type, message: error.message };
  }
}
