import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Counter, defaultMetrics, Gauge, Histogram, Registry, Summary } from 'telltale/metrics';
import { type PrometheusServer, prometheusHandler, prometheusServer } from 'telltale/prometheus';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  havePrometheus,
  type PromSample,
  promtoolCheck,
  type RunningPrometheus,
  startPrometheus,
  until,
} from './support/prometheus.js';

/** Values that have broken expositions before. An empty label is no label, so it is not among them. */
const HOSTILE: Record<string, string> = {
  quotes: 'say "hello"',
  backslashes: 'C:\\temp\\new',
  'trailing backslash': 'oops\\',
  'backslash before a quote': '\\"',
  newline: 'first\nsecond',
  'carriage return': 'first\r\nsecond',
  'looks like a line': '"} 1\nup 0\n# TYPE up counter\n',
  braces: '{a="b",c=\'d\'}',
  spaces: '  both ends  ',
  tab: 'a\tb',
  controls: '\u0000\u0001\u001f\u007f',
  emoji: '🧶⛵',
  combining: 'e\u0301 \u202e reversed',
  'line separators': '\u2028\u2029\u0085',
  'the object prototype': '__proto__',
  long: 'x'.repeat(4_000),
};

/** Values that no exposition can hold as they are. */
const MENDED: Record<string, string> = {
  'half a character': 'a\ud800b\udc00',
  'far too long': 'y'.repeat(1_000_000),
};

const NUMBERS: Record<string, number> = {
  zero: 0,
  'a fraction': 0.1 + 0.2,
  'the greatest': Number.MAX_VALUE,
  'the least': Number.MIN_VALUE,
  'a safe integer': Number.MAX_SAFE_INTEGER,
  negative: -1.5e-7,
  infinite: Infinity,
  'infinite below': -Infinity,
  'no number': Number.NaN,
};

describe.skipIf(!havePrometheus())('a Prometheus server that scrapes a registry', () => {
  const registry = new Registry({ maxSeries: 20_000 });
  let server: PrometheusServer | undefined;
  let express: Server | undefined;
  let prometheus: RunningPrometheus | undefined;

  beforeAll(async () => {
    fill(registry);
    const runtime = new Registry({ prefix: 'app_', defaultLabels: { region: 'a "b"\\c\n' } });
    defaultMetrics(runtime).stop();
    server = prometheusServer({ registry, port: 0 });
    const { port } = await server.start();
    express = createServer(prometheusHandler(runtime)).listen(0, '127.0.0.1');
    await once(express, 'listening');
    prometheus = await startPrometheus({
      telltale: { port },
      runtime: { port: (express.address() as AddressInfo).port },
    });
  });

  afterAll(async () => {
    await prometheus?.stop();
    await server?.stop();
    express?.close();
    express?.closeAllConnections();
  });

  const query = (expression: string) => prometheus!.query(expression);

  it.each(['telltale', 'runtime'])('finds %s up', async (job) => {
    await until(async () => (await query(`up{job="${job}"} == 1`)).length === 1, `up of ${job}`).catch(
      async (error) => {
        throw new Error(`${(error as Error).message}: ${await prometheus!.scrapeError(job)}`);
      },
    );
  });

  it('holds exactly the series of the registry, with their labels and values', async () => {
    const expected = (await registry.getMetricsAsJSON()).flatMap(({ name, values }) =>
      values.map(({ metricName = name, labels, value }) => ({
        metric: { __name__: metricName, ...labels },
        value,
      })),
    );
    // Besides what was scraped there are the server's own notes about the scrape.
    const found = await query('{job="telltale", __name__!~"up|scrape_.*"}');
    expect(found.length).toBeGreaterThan(2_000);
    expect(
      table(found.map(({ metric: { job: _, instance: __, ...metric }, value }) => ({ metric, value }))),
    ).toEqual(table(expected));
  });

  it.each(Object.keys(HOSTILE))('hands on a label value with %s unchanged', async (kind) => {
    const found = await query(`hostile_total{kind="${kind}"}`);
    expect(found.map(({ metric }) => metric.text)).toEqual([HOSTILE[kind]]);
  });

  it('hands on what had to be mended: half characters, and a megabyte', async () => {
    const [half] = await query('mended_total{kind="half a character"}');
    expect(half!.metric.text).toBe('a\ufffdb\ufffd');
    const [long] = await query('mended_total{kind="far too long"}');
    expect(long!.metric.text!.startsWith('y'.repeat(1_000))).toBe(true);
    expect(long!.metric.text!.length).toBeLessThan(10_000);
  });

  it.each(Object.entries(NUMBERS))('hands on %s unchanged', async (kind, value) => {
    expect((await query(`numbers{kind="${kind}"}`)).map((sample) => sample.value)).toEqual([value]);
  });

  it('computes quantiles from the buckets of a histogram', async () => {
    const [median] = await query('histogram_quantile(0.5, sum by (le) (latency_seconds_bucket))');
    expect(median!.value).toBeGreaterThan(0.4);
    expect(median!.value).toBeLessThan(0.6);
    const [mean] = await query('sum(latency_seconds_sum) / sum(latency_seconds_count)');
    expect(mean!.value).toBeCloseTo(0.505, 10);
  });

  it('sees counters grow from one scrape to the next', async () => {
    const counter = registry.getSingleMetric('growing_total') as Counter;
    counter.inc(41);
    await until(async () => (await query('growing_total == 42')).length === 1, 'the new value');
  });

  it('joins default labels to every series', async () => {
    const found = await query('{__name__=~"app_process_.*"}');
    expect(found.length).toBeGreaterThan(3);
    expect(new Set(found.map(({ metric }) => metric.region))).toEqual(new Set(['a "b"\\c\n']));
  });
});

describe.skipIf(!havePrometheus())('promtool check metrics', () => {
  it('finds nothing to say about any kind of metric', async () => {
    const registry = new Registry();
    fill(registry);
    expect(promtoolCheck(await registry.metrics())).toBe('');
  });

  it('finds nothing to say about the metrics of the process', async () => {
    const registry = new Registry();
    const runtime = defaultMetrics(registry);
    expect(promtoolCheck(await registry.metrics())).toBe('');
    runtime.stop();
  });

  it('finds nothing to say about an empty registry and about metrics without series', async () => {
    const registry = new Registry();
    expect(promtoolCheck(await registry.metrics())).toBe('');
    registry.getOrCreate(Counter, { name: 'jobs_total', help: 'Jobs.', labelNames: ['queue'] });
    expect(promtoolCheck(await registry.metrics())).toBe('');
  });
});

/** One of each kind, with what is hard to say in text. */
function fill(registry: Registry): void {
  const registers = [registry];
  const hostile = new Counter({
    name: 'hostile_total',
    help: 'Help with a \\ backslash,\na new line and "quotes".',
    labelNames: ['kind', 'text'],
    registers,
  });
  for (const [kind, text] of Object.entries(HOSTILE)) hostile.inc({ kind, text });

  const mended = new Counter({
    name: 'mended_total',
    help: 'Mended.',
    labelNames: ['kind', 'text'],
    registers,
  });
  for (const [kind, text] of Object.entries(MENDED)) mended.inc({ kind, text });

  const numbers = new Gauge({ name: 'numbers', help: 'Numbers.', labelNames: ['kind'], registers });
  for (const [kind, value] of Object.entries(NUMBERS)) numbers.set({ kind }, value);

  const latency = new Histogram({
    name: 'latency_seconds',
    help: 'Latency.',
    labelNames: ['route'],
    buckets: [0.1, 0.2, 0.4, 0.6, 0.8, 1],
    registers,
  });
  const sizes = new Summary({ name: 'size_bytes', help: 'Size.', labelNames: ['route'], registers });
  for (const route of ['/', '/orders/:id']) {
    for (let i = 1; i <= 100; i++) {
      latency.observe({ route }, i / 100);
      sizes.observe({ route }, i);
    }
  }
  new Summary({ name: 'never_observed_bytes', help: 'A summary without a value.', registers });
  new Counter({ name: 'growing_total', help: 'Grows.', registers }).inc();

  const many = new Counter({ name: 'many_total', help: 'Many series.', labelNames: ['id'], registers });
  for (let id = 0; id < 2_000; id++) many.inc({ id }, id);
}

/** Samples as text, sorted: what two sides hold can then be compared line by line. */
function table(samples: readonly PromSample[]): string[] {
  return samples
    .map(({ metric, value }) => {
      // Prometheus asks for OpenMetrics, where the bound 1 is written 1.0.
      const labels = Object.entries(metric)
        .map(([name, text]) => [name, /^(?:le|quantile)$/.test(name) ? String(Number(text)) : text] as const)
        .sort(([a], [b]) => (a < b ? -1 : 1));
      return `${labels.map(([name, text]) => `${name}=${JSON.stringify(text)}`).join(' ')} ${value}`;
    })
    .sort();
}
