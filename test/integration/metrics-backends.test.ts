import { createTelemetry } from 'telltale';
import {
  Counter,
  collectResourceMetrics,
  Gauge,
  Histogram,
  Info,
  NativeHistogram,
  Registry,
  StateSet,
  Summary,
  traceExemplars,
  UpDownCounter,
} from 'telltale/metrics';
import { type PrometheusServer, prometheusServer } from 'telltale/prometheus';
import { pushgateway } from 'telltale/pushgateway';
import { remoteWriteExporter } from 'telltale/remote-write';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { testCertificate, testKey } from '../common/tls-certificate.js';
import { run } from '../examples/run.js';
import {
  havePrometheus,
  type PromSample,
  promtoolCheck,
  type RunningPrometheus,
  startPrometheus,
  until,
} from './support/prometheus.js';
import { havePushgateway, type RunningPushgateway, startPushgateway } from './support/pushgateway.js';

const FEATURES = [
  '--enable-feature=exemplar-storage,native-histograms',
  '--web.enable-remote-write-receiver',
];

/** A thousand latencies, log-normal, the same in every run. */
const LATENCIES = Array.from({ length: 1000 }, (_, i) => {
  const [u, v] = [((i * 7919) % 1000) + 0.5, ((i * 104_729) % 997) + 0.5].map((x, j) => x / [1000, 997][j]!);
  return 0.05 * Math.exp(0.8 * Math.sqrt(-2 * Math.log(u!)) * Math.cos(2 * Math.PI * v!));
}).sort((a, b) => a - b);

const exact = (q: number) => LATENCIES[Math.ceil(q * LATENCIES.length) - 1]!;

function fill(registry: Registry): void {
  const registers = [registry];
  const hostile = new Counter({
    name: 'hostile_total',
    help: 'Help with a \\ backslash,\na new line and "quotes".',
    labelNames: ['text'],
    registers,
  });
  for (const text of ['say "hello"', 'C:\\temp\\new', 'a\nb', '"} 1\nup 0\n', '🧶⛵', '\u2028', ' ']) {
    hostile.inc({ text }, 2);
  }
  const classic = new Histogram({
    name: 'classic_seconds',
    help: 'Classic.',
    buckets: [0.05, 0.1, 1],
    registers,
  });
  const native = new NativeHistogram({ name: 'native_seconds', help: 'Native.', registers });
  const summary = new Summary({
    name: 'summary_seconds',
    help: 'Summary.',
    percentiles: [0.5, 0.9],
    registers,
  });
  for (const latency of LATENCIES) {
    classic.observe(latency);
    native.observe(latency);
    summary.observe(latency);
  }
  new NativeHistogram({ name: 'signed_celsius', help: 'Both signs.', registers }).observe(-3);
  new Gauge({ name: 'level_ratio', help: 'Level.', registers }).set(-0.25);
  new UpDownCounter({ name: 'open_connections', help: 'Open.', registers }).inc(7);
  new Info({ name: 'build_info', help: 'Build.', labelNames: ['version'], registers }).set({
    version: '1.4',
  });
  new StateSet({ name: 'breaker', help: 'Breaker.', states: ['open', 'closed'], registers }).set('closed');
}

describe.skipIf(!havePrometheus())('a Prometheus server with native histograms and exemplars', () => {
  const registry = new Registry({ exemplars: traceExemplars() });
  const telemetry = createTelemetry({ logs: false, metrics: false, traces: {} });
  let server: PrometheusServer;
  let prometheus: RunningPrometheus;
  let traceId = '';

  beforeAll(async () => {
    fill(registry);
    const counter = new Counter({ name: 'traced_total', help: 'Traced.', registers: [registry] });
    const latency = new Histogram({
      name: 'traced_seconds',
      help: 'Traced.',
      buckets: [1, 5],
      registers: [registry],
    });
    const native = new NativeHistogram({ name: 'traced_native', help: 'Traced.', registers: [registry] });
    telemetry.tracer.startActiveSpan('request', (span) => {
      traceId = span.spanContext().traceId;
      counter.inc();
      latency.observe(2.5);
      native.observe(2.5);
      span.end();
    });
    server = prometheusServer({ registry, port: 0 });
    const { port } = await server.start();
    prometheus = await startPrometheus({ telltale: { port } }, FEATURES);
    await until(async () => (await prometheus.query('up{job="telltale"} == 1')).length === 1, 'up').catch(
      async (error) => {
        throw new Error(`${(error as Error).message}: ${await prometheus.scrapeError('telltale')}`);
      },
    );
  });

  afterAll(async () => {
    await prometheus?.stop();
    await server?.stop();
    await telemetry.shutdown();
  });

  it('scrapes the protobuf format, and holds what the registry says', async () => {
    const found = await prometheus.query(
      '{job="telltale", __name__!~"up|scrape_.*|native_.*|signed_.*|traced_native"}',
    );
    expect(table(found)).toEqual(table(await expected(registry, /^(native|signed|traced_native)/)));
  });

  it('counts, sums and answers quantiles of native histograms within the error of a bucket', async () => {
    const one = async (expression: string) => (await prometheus.query(expression))[0]?.value;
    expect(await one('histogram_count(native_seconds)')).toBe(1000);
    expect(await one('histogram_sum(native_seconds)')).toBeCloseTo(
      LATENCIES.reduce((sum, latency) => sum + latency, 0),
      9,
    );
    const data = (registry.getSingleMetric('native_seconds') as NativeHistogram).series()[0]!.data();
    const width = 2 ** (2 ** -data.scale);
    for (const q of [0.1, 0.5, 0.9, 0.99, 0.999]) {
      const found = (await one(`histogram_quantile(${q}, native_seconds)`))!;
      expect(found).toBeGreaterThan(exact(q) / width);
      expect(found).toBeLessThan(exact(q) * width);
    }
    expect(await one('histogram_quantile(0.5, signed_celsius)')).toBeCloseTo(-3, 1);
  });

  it('gives the exemplars back, with their traces', async () => {
    for (const name of ['traced_total', 'traced_seconds_bucket', 'traced_native']) {
      await until(async () => (await prometheus.exemplars(name)).length > 0, `exemplars of ${name}`);
      const [{ seriesLabels, exemplars }] = (await prometheus.exemplars(name)) as [
        Awaited<ReturnType<RunningPrometheus['exemplars']>>[0],
      ];
      expect(exemplars[0]!.labels.trace_id).toBe(traceId);
      if (name === 'traced_seconds_bucket') {
        expect(seriesLabels.le).toBe('5.0');
        expect(exemplars[0]!.value).toBe('2.5');
      }
    }
  });

  it('takes what is written to it, equal to the registry', async () => {
    const written = new Registry({ exemplars: traceExemplars() });
    fill(written);
    const latency = new Histogram({ name: 'w_seconds', help: 'w', buckets: [1], registers: [written] });
    let writtenTrace = '';
    telemetry.tracer.startActiveSpan('job', (span) => {
      writtenTrace = span.spanContext().traceId;
      latency.observe(0.5);
      span.end();
    });
    const exporter = remoteWriteExporter({
      url: prometheus.url,
      externalLabels: { job: 'writer', instance: '' },
    });
    const metrics = await collectResourceMetrics(written, telemetry.resource);
    const result = await new Promise((resolve) => exporter.export(metrics, resolve));
    expect(result).toEqual({ code: 0 });
    const found = await prometheus.query('{job="writer", __name__!~"native_.*|signed_.*"}');
    expect(table(found)).toEqual(table(await expected(written, /^(native|signed)/)));
    const [count] = await prometheus.query('histogram_count(native_seconds{job="writer"})');
    expect(count!.value).toBe(1000);
    const [median] = await prometheus.query('histogram_quantile(0.5, native_seconds{job="writer"})');
    expect(median!.value / exact(0.5)).toBeCloseTo(1, 1);
    const [{ exemplars }] = (await prometheus.exemplars('w_seconds_bucket')) as [
      Awaited<ReturnType<RunningPrometheus['exemplars']>>[0],
    ];
    expect(exemplars[0]!.labels.trace_id).toBe(writtenTrace);
    await exporter.shutdown();
  });

  it('refuses remote write 2.0, which this server does not know, and is told so', async () => {
    const exporter = remoteWriteExporter({ url: prometheus.url, version: '2.0', retry: false });
    const metrics = await collectResourceMetrics(registry, telemetry.resource);
    const result = await new Promise<{ code: number }>((resolve) => exporter.export(metrics, resolve));
    expect(result.code).toBe(1);
    await exporter.shutdown();
  });
});

describe.skipIf(!havePrometheus())('a Prometheus server and the demo', () => {
  it('finds both services up, their expositions without fault, and the demo’s own counts', async () => {
    const demo = run('examples/demo/main.ts', ['--rate', '40', '--port', '0', '--payments-port', '0']);
    let prometheus: RunningPrometheus | undefined;
    try {
      const [, payments] = await demo.until(/payments listens on (http:\S+)/);
      const [, storefront] = await demo.until(/storefront listens on (http:\S+)/);
      const port = (url: string | undefined) => Number(new URL(url!).port);
      prometheus = await startPrometheus(
        { storefront: { port: port(storefront) }, payments: { port: port(payments) } },
        FEATURES,
      );
      for (const job of ['storefront', 'payments']) {
        await until(
          async () => (await prometheus!.query(`up{job="${job}"} == 1`)).length === 1,
          `${job} to be up`,
        );
      }
      for (const url of [storefront, payments]) {
        expect(promtoolCheck(await (await fetch(`${url}/metrics`)).text())).toBe('');
      }
      await until(
        async () => (await prometheus!.query('sum(http_requests_total{job="storefront"}) > 20')).length > 0,
        'requests in the storefront',
      );
      // What the service itself says now is what the server has after its next scrape, or more.
      const text = await (await fetch(`${storefront}/metrics?name[]=http_requests_total`)).text();
      const shown = [...text.matchAll(/^http_requests_total\{.* (\d+)$/gm)].reduce(
        (sum, [, n]) => sum + Number(n),
        0,
      );
      expect(shown).toBeGreaterThan(20);
      await until(
        async () =>
          (await prometheus!.query(`sum(http_requests_total{job="storefront"}) >= ${shown}`)).length > 0,
        'as many requests in the server',
      );
    } finally {
      demo.child.kill('SIGINT');
      await demo.ended;
      await prometheus?.stop();
    }
  });

  it('is let in with a password, a token, and over TLS', async () => {
    const registry = new Registry();
    new Counter({ name: 'c_total', help: 'c', registers: [registry] }).inc();
    const tls = { cert: testCertificate, key: testKey };
    const server = prometheusServer({
      registry,
      port: 0,
      auth: { username: 'prom', password: 'sesame' },
      tls,
    });
    const { port } = await server.start();
    const prometheus = await startPrometheus({
      guarded: {
        port,
        settings: {
          scheme: 'https',
          tls_config: { insecure_skip_verify: true },
          basic_auth: { username: 'prom', password: 'sesame' },
        },
      },
      stranger: { port, settings: { scheme: 'https', tls_config: { insecure_skip_verify: true } } },
    });
    await until(async () => (await prometheus.query('up{job="guarded"} == 1')).length === 1, 'guarded up');
    await until(
      async () => (await prometheus.query('up{job="stranger"} == 0')).length === 1,
      'stranger kept out',
    );
    expect(await prometheus.scrapeError('stranger')).toContain('401');
    await prometheus.stop();
    await server.stop();
  });
});

describe.skipIf(!havePushgateway())('a Pushgateway', () => {
  let gateway: RunningPushgateway;

  beforeAll(async () => {
    gateway = await startPushgateway();
  });
  afterAll(() => gateway?.stop());

  const shown = async () => (await fetch(`${gateway.url}/metrics`)).text();

  it('takes pushes, adds and deletions, with any grouping key', async () => {
    const registry = new Registry();
    const done = new Counter({
      name: 'done_total',
      help: 'Done.',
      labelNames: ['what'],
      registers: [registry],
    });
    done.inc({ what: 'a "quoted"\nline' }, 3);
    const groupings = { path: '/var/lib', empty: '', odd: 'ä&?#%2F.', dots: '..' };
    const push = pushgateway({ url: gateway.url, registry, jobName: 'back/up', groupings });
    await push.push();
    expect(await shown()).toContain(
      'done_total{dots="..",empty="",instance="",job="back/up",odd="ä&?#%2F.",path="/var/lib",what="a \\"quoted\\"\\nline"} 3',
    );
    const other = new Registry();
    new Gauge({ name: 'last_success', help: 'Last.', registers: [other] }).set(5);
    await pushgateway({ url: gateway.url, registry: other, jobName: 'back/up', groupings }).pushAdd();
    expect(await shown()).toMatch(/^done_total\{.*back\/up/m);
    await pushgateway({ url: gateway.url, registry: other, jobName: 'back/up', groupings }).push();
    expect(await shown()).not.toMatch(/^done_total\{.*back\/up/m);
    expect(await shown()).toMatch(/^last_success\{.*back\/up.* 5$/m);
    await push.delete();
    expect(await shown()).not.toMatch(/^last_success\{.*back\/up/m);
  });

  it('takes protobuf', async () => {
    const registry = new Registry();
    fill(registry);
    await pushgateway({ url: gateway.url, registry, jobName: 'proto', format: 'protobuf' }).push();
    const text = await shown();
    expect(text).toMatch(/^classic_seconds_count\{.*job="proto".*\} 1000$/m);
    expect(text).toMatch(/^level_ratio\{.*job="proto".*\} -0.25$/m);
    expect(text).toMatch(/^native_seconds_count\{.*job="proto".*\} 1000$/m);
  });

  it('says what is wrong with a push', async () => {
    const registry = new Registry({ defaultLabels: { job: 'mine' } });
    new Counter({ name: 'c_total', help: 'c', registers: [registry] }).inc();
    const push = pushgateway({ url: `${gateway.url}/nowhere`, registry, jobName: 'x' });
    await expect(push.push()).rejects.toThrow(/answered 4\d\d/);
  });
});

/** What the registry says, as Prometheus has it. */
async function expected(registry: Registry, without: RegExp): Promise<PromSample[]> {
  return (await registry.getMetricsAsJSON())
    .filter(({ name }) => !without.test(name))
    .flatMap(({ name, values }) =>
      values.map(({ metricName = name, labels, value }) => ({
        metric: { __name__: metricName, ...labels },
        value,
      })),
    );
}

/** Samples as text, sorted: what two sides hold can then be compared line by line. */
function table(samples: readonly PromSample[]): string[] {
  return samples
    .map(({ metric: { job: _, instance: __, ...metric }, value }) => {
      const labels = Object.entries(metric)
        .map(([name, text]) => [name, /^(?:le|quantile)$/.test(name) ? String(Number(text)) : text] as const)
        .sort(([a], [b]) => (a < b ? -1 : 1));
      return `${labels.map(([name, text]) => `${name}=${JSON.stringify(text)}`).join(' ')} ${value}`;
    })
    .sort();
}
