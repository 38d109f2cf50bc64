import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import * as prom from 'prom-client';
import { Counter } from '../../src/metrics/counter.js';
import { Gauge } from '../../src/metrics/gauge.js';
import { Histogram } from '../../src/metrics/histogram.js';
import { Registry } from '../../src/metrics/registry.js';
import { Summary } from '../../src/metrics/summary.js';
import type { BenchLine, Contestant } from '../line.js';

/**
 * Metrics against prom-client and OpenTelemetry's metrics SDK.
 *
 * 150 series: 3 methods × 5 statuses × 10 routes, walked in an order in which neighbours differ. Label objects
 * are made for each call, as a request handler does. Each side keeps several metrics in use, so that no call
 * site inside the library sees only one of them.
 */
const METHODS = ['GET', 'POST', 'DELETE'];
const STATUSES = [200, 201, 304, 404, 500];
const ROUTES = [
  '/',
  '/login',
  '/cart',
  '/cart/:item',
  '/orders',
  '/orders/:id',
  '/users/:id',
  '/users/:id/avatar',
  '/search',
  '/health',
];
const LABELS = ['method', 'status', 'route'] as const;
type Label = (typeof LABELS)[number];

interface Case {
  method: string;
  status: number;
  route: string;
  value: number;
}

/** A power of two of cases, so that walking them costs next to nothing. */
const CASES: Case[] = Array.from({ length: 256 }, (_, i) => ({
  method: METHODS[(i * 7) % 3]!,
  status: STATUSES[(i * 3) % 5]!,
  route: ROUTES[(i * 11 + (i >> 4)) % 10]!,
  // Latencies spread over the default buckets.
  value: 0.001 * 1.037 ** ((i * 89) % 256),
}));

const OURS = 'telltale';
const PROM = 'prom-client 15';
const OTEL = 'OpenTelemetry sdk-metrics 2';

/** Metrics beside the measured one, used before and during the rounds. */
function warmOurs(registry: Registry): void {
  const counter = new Counter({ name: 'a_total', help: 'a', labelNames: ['queue'], registers: [registry] });
  const gauge = new Gauge({ name: 'b', help: 'b', labelNames: ['pool', 'state'], registers: [registry] });
  const plain = new Counter({ name: 'c_total', help: 'c', registers: [registry] });
  const histogram = new Histogram({ name: 'd', help: 'd', labelNames: ['table'], registers: [registry] });
  const summary = new Summary({ name: 'e', help: 'e', labelNames: ['kind'], registers: [registry] });
  for (let i = 0; i < 2000; i++) {
    counter.inc({ queue: `q${i % 7}` });
    gauge.set({ pool: 'db', state: i % 2 === 0 ? 'idle' : 'busy' }, i);
    plain.inc(i % 3);
    histogram.observe({ table: `t${i % 5}` }, i / 100);
    summary.observe({ kind: 'x' }, i);
  }
}

function warmProm(registry: prom.Registry): void {
  const registers = [registry];
  const counter = new prom.Counter({ name: 'a_total', help: 'a', labelNames: ['queue'], registers });
  const gauge = new prom.Gauge({ name: 'b', help: 'b', labelNames: ['pool', 'state'], registers });
  const plain = new prom.Counter({ name: 'c_total', help: 'c', registers });
  const histogram = new prom.Histogram({ name: 'd', help: 'd', labelNames: ['table'], registers });
  const summary = new prom.Summary({ name: 'e', help: 'e', labelNames: ['kind'], registers });
  for (let i = 0; i < 2000; i++) {
    counter.inc({ queue: `q${i % 7}` });
    gauge.set({ pool: 'db', state: i % 2 === 0 ? 'idle' : 'busy' }, i);
    plain.inc(i % 3);
    histogram.observe({ table: `t${i % 5}` }, i / 100);
    summary.observe({ kind: 'x' }, i);
  }
}

const OPTIONS = { name: 'http_requests', help: 'Requests.', labelNames: LABELS };

/** A line whose two sides are the same call on metrics of the same options. */
function versusProm<O, P>(
  name: string,
  aim: number,
  makeOurs: (registry: Registry) => O,
  makeProm: (registry: prom.Registry) => P,
  runOurs: (ours: O, n: number) => void,
  runProm: (peer: P, n: number) => void,
): BenchLine {
  return {
    name,
    aim,
    async setup() {
      const registry = new Registry();
      const peerRegistry = new prom.Registry();
      warmOurs(registry);
      warmProm(peerRegistry);
      const ours = makeOurs(registry);
      const peer = makeProm(peerRegistry);
      return {
        ours: { name: OURS, run: (n) => runOurs(ours, n) },
        peer: { name: PROM, run: (n) => runProm(peer, n) },
      };
    },
  };
}

const counterByLabels = versusProm(
  'counter by labels (3 labels)',
  8,
  (registry) => new Counter<Label>({ ...OPTIONS, registers: [registry] }),
  (registry) => new prom.Counter<Label>({ ...OPTIONS, registers: [registry] }),
  (counter, n) => {
    for (let i = 0; i < n; i++) {
      const { method, status, route } = CASES[i & 255]!;
      counter.inc({ method, status, route });
    }
  },
  (counter, n) => {
    for (let i = 0; i < n; i++) {
      const { method, status, route } = CASES[i & 255]!;
      counter.inc({ method, status, route });
    }
  },
);

const counterHandle = versusProm(
  'counter handle',
  50,
  (registry) => {
    const counter = new Counter<Label>({ ...OPTIONS, registers: [registry] });
    return CASES.map(({ method, status, route }) => counter.labels({ method, status, route }));
  },
  (registry) => {
    const counter = new prom.Counter<Label>({ ...OPTIONS, registers: [registry] });
    return CASES.map(({ method, status, route }) => counter.labels({ method, status, route }));
  },
  (handles, n) => {
    for (let i = 0; i < n; i++) handles[i & 255]!.inc();
  },
  (handles, n) => {
    for (let i = 0; i < n; i++) handles[i & 255]!.inc();
  },
);

const gaugeByLabels = versusProm(
  'gauge set by labels (3 labels)',
  5,
  (registry) => new Gauge<Label>({ ...OPTIONS, registers: [registry] }),
  (registry) => new prom.Gauge<Label>({ ...OPTIONS, registers: [registry] }),
  (gauge, n) => {
    for (let i = 0; i < n; i++) {
      const { method, status, route, value } = CASES[i & 255]!;
      gauge.set({ method, status, route }, value);
    }
  },
  (gauge, n) => {
    for (let i = 0; i < n; i++) {
      const { method, status, route, value } = CASES[i & 255]!;
      gauge.set({ method, status, route }, value);
    }
  },
);

const histogramByLabels = versusProm(
  'histogram by labels (3 labels)',
  8,
  (registry) => new Histogram<Label>({ ...OPTIONS, registers: [registry] }),
  (registry) => new prom.Histogram<Label>({ ...OPTIONS, registers: [registry] }),
  (histogram, n) => {
    for (let i = 0; i < n; i++) {
      const { method, status, route, value } = CASES[i & 255]!;
      histogram.observe({ method, status, route }, value);
    }
  },
  (histogram, n) => {
    for (let i = 0; i < n; i++) {
      const { method, status, route, value } = CASES[i & 255]!;
      histogram.observe({ method, status, route }, value);
    }
  },
);

const histogramHandle = versusProm(
  'histogram handle',
  20,
  (registry) => {
    const histogram = new Histogram<Label>({ ...OPTIONS, registers: [registry] });
    return CASES.map(({ method, status, route }) => histogram.labels({ method, status, route }));
  },
  (registry) => {
    const histogram = new prom.Histogram<Label>({ ...OPTIONS, registers: [registry] });
    return CASES.map(({ method, status, route }) => histogram.labels({ method, status, route }));
  },
  (handles, n) => {
    for (let i = 0; i < n; i++) handles[i & 255]!.observe(CASES[(i * 5) & 255]!.value);
  },
  (handles, n) => {
    for (let i = 0; i < n; i++) handles[i & 255]!.observe(CASES[(i * 5) & 255]!.value);
  },
);

/** Sliding windows on both sides: what a summary is for. */
const WINDOWS = { maxAgeSeconds: 600, ageBuckets: 5, percentiles: [0.5, 0.9, 0.99] };

const summaryByLabels = versusProm(
  'summary by labels (3 labels)',
  5,
  (registry) => new Summary<Label>({ ...OPTIONS, ...WINDOWS, registers: [registry] }),
  (registry) => new prom.Summary<Label>({ ...OPTIONS, ...WINDOWS, registers: [registry] }),
  (summary, n) => {
    for (let i = 0; i < n; i++) {
      const { method, status, route, value } = CASES[i & 255]!;
      summary.observe({ method, status, route }, value);
    }
  },
  (summary, n) => {
    for (let i = 0; i < n; i++) {
      const { method, status, route, value } = CASES[i & 255]!;
      summary.observe({ method, status, route }, value);
    }
  },
);

/** 4,000 counter series, 4,000 gauge series and 2,000 lines of histogram; values with and without fractions. */
const scrape: BenchLine = {
  name: 'scrape of 10,000 series',
  aim: 5,
  async setup() {
    const registry = new Registry({ maxSeries: 10_000 });
    const peerRegistry = new prom.Registry();
    const fill = (
      counter: { inc(labels: Record<string, string>, value: number): void },
      gauge: { set(labels: Record<string, string>, value: number): void },
      histogram: { observe(labels: Record<string, string>, value: number): void },
    ) => {
      for (let i = 0; i < 4000; i++) {
        const labels = { method: METHODS[i % 3]!, status: String(i % 50), route: `/items/${i}` };
        counter.inc(labels, i * 17);
        gauge.set(labels, i * 1.37);
      }
      for (let i = 0; i < 143; i++) histogram.observe({ method: 'GET', route: `/pages/${i}` }, i * 0.07);
    };
    const [c, g, h] = ['c_total', 'g', 'h'].map((name) => ({ ...OPTIONS, name })) as [
      typeof OPTIONS,
      typeof OPTIONS,
      typeof OPTIONS,
    ];
    const ours = { registers: [registry] };
    const peers = { registers: [peerRegistry] };
    fill(
      new Counter<string>({ ...c, ...ours }),
      new Gauge<string>({ ...g, ...ours }),
      new Histogram<string>({ ...h, ...ours }),
    );
    fill(
      new prom.Counter<string>({ ...c, ...peers }),
      new prom.Gauge<string>({ ...g, ...peers }),
      new prom.Histogram<string>({ ...h, ...peers }),
    );
    return {
      ours: scraping(OURS, registry),
      peer: scraping(PROM, peerRegistry),
    };
  },
};

function scraping(name: string, registry: { metrics(): Promise<string> }): Contestant {
  let sent = 0;
  return {
    name,
    async run(n) {
      // To bytes as well, for these are what is sent.
      for (let i = 0; i < n; i++) sent += Buffer.from(await registry.metrics()).length;
      if (sent === 0) throw new Error('nothing was scraped');
    },
  };
}

function meter() {
  const reader = new PeriodicExportingMetricReader({
    exporter: {
      export: (_, done) => done({ code: 0 }),
      forceFlush: async () => {},
      shutdown: async () => {},
    },
  });
  const provider = new MeterProvider({ readers: [reader] });
  return { meter: provider.getMeter('bench'), shutdown: () => provider.shutdown() };
}

const counterVersusOtel: BenchLine = {
  name: 'counter by labels vs OpenTelemetry',
  aim: 15,
  async setup() {
    const registry = new Registry();
    warmOurs(registry);
    const counter = new Counter<Label>({ ...OPTIONS, registers: [registry] });
    const otel = meter();
    const peer = otel.meter.createCounter('http_requests');
    const other = otel.meter.createHistogram('other');
    for (let i = 0; i < 1000; i++) other.record(i, { queue: `q${i % 7}` });
    return {
      ours: {
        name: OURS,
        run(n) {
          for (let i = 0; i < n; i++) {
            const { method, status, route } = CASES[i & 255]!;
            counter.inc({ method, status, route });
          }
        },
      },
      peer: {
        name: OTEL,
        run(n) {
          for (let i = 0; i < n; i++) {
            const { method, status, route } = CASES[i & 255]!;
            peer.add(1, { method, status, route });
          }
        },
      },
      teardown: otel.shutdown,
    };
  },
};

const histogramVersusOtel: BenchLine = {
  name: 'histogram by labels vs OpenTelemetry',
  aim: 8,
  async setup() {
    const registry = new Registry();
    warmOurs(registry);
    const histogram = new Histogram<Label>({ ...OPTIONS, registers: [registry] });
    const otel = meter();
    const peer = otel.meter.createHistogram('http_requests', {
      advice: { explicitBucketBoundaries: [...histogram.buckets] },
    });
    const other = otel.meter.createCounter('other');
    for (let i = 0; i < 1000; i++) other.add(i, { queue: `q${i % 7}` });
    return {
      ours: {
        name: OURS,
        run(n) {
          for (let i = 0; i < n; i++) {
            const { method, status, route, value } = CASES[i & 255]!;
            histogram.observe({ method, status, route }, value);
          }
        },
      },
      peer: {
        name: OTEL,
        run(n) {
          for (let i = 0; i < n; i++) {
            const { method, status, route, value } = CASES[i & 255]!;
            peer.record(value, { method, status, route });
          }
        },
      },
      teardown: otel.shutdown,
    };
  },
};

export const metricLines: BenchLine[] = [
  counterByLabels,
  counterHandle,
  gaugeByLabels,
  histogramByLabels,
  histogramHandle,
  summaryByLabels,
  scrape,
  counterVersusOtel,
  histogramVersusOtel,
];
