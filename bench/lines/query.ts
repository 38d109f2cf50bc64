import { Histogram, Registry } from 'prom-client';
import { PromqlEngine } from '../../src/query/engine/engine.js';
import { formatFixed } from '../../src/query/numbers.js';
import { TimeSeriesStore } from '../../src/query/store/store.js';
import { PrometheusProcess } from '../../test/conformance/promql/prometheus-process.js';
import type { BenchLine, Comparison } from '../line.js';

/** Samples are 15 s apart, two hours of them; queries look at the last hour. */
const STEP = 15_000;
const SAMPLES = 480;
const START = 1_700_000_000_000 - (1_700_000_000_000 % 7_200_000);
/** Queries in a round, whose mean counts. */
const REPEATS = 5;
const END = START + (SAMPLES - 1) * STEP;

interface TestSeries {
  readonly labels: Readonly<Record<string, string>>;
  /** The value of the i-th sample, called in order. */
  next(i: number): number;
}

export const lines: BenchLine[] = [
  {
    name: 'store: append by handle (prom-client: observe, labelled)',
    aim: 5,
    async setup() {
      const store = new TimeSeriesStore();
      const handles = Array.from(
        { length: 100 },
        (_, i) => store.series({ __name__: 'x', instance: `i${i}` })!,
      );
      const histogram = new Histogram({
        name: 'x',
        help: 'x',
        labelNames: ['route', 'method'],
        registers: [new Registry()],
      });
      let sample = 0;
      return {
        ours: {
          name: 'telltale',
          run(n) {
            for (let i = 0; i < n; i++, sample++) {
              handles[sample % 100]!.append(START + Math.floor(sample / 100) * STEP, (sample * 7919) % 1000);
              if (sample % 100_000 === 0) store.prune(START + Math.floor(sample / 100) * STEP);
            }
          },
        },
        peer: {
          name: 'prom-client',
          run(n) {
            for (let i = 0; i < n; i++) {
              histogram.observe(
                { route: ROUTES[i % 10]!, method: i % 2 === 0 ? 'GET' : 'POST' },
                ((i * 7919) % 1000) / 100,
              );
            }
          },
        },
      };
    },
  },
  {
    name: 'promql: rate by route, 1,000 series, 1 h at 15 s',
    aim: 1,
    setup: () => compare(counters(1000), 'sum by (route) (rate(http_requests_total[5m]))', true),
  },
  {
    name: 'promql: histogram_quantile over 200 x 12 buckets, 1 h at 15 s',
    aim: 1,
    setup: () =>
      compare(buckets(200, 12), 'histogram_quantile(0.9, sum by (le) (rate(latency_bucket[5m])))', true),
  },
  {
    name: 'promql: instant sum over 10,000 series',
    aim: 1,
    setup: () => compare(gauges(10_000), 'sum by (zone) (memory_bytes)', false),
  },
];

const ROUTES = Array.from({ length: 10 }, (_, i) => `/route/${i}`);

function counters(count: number): TestSeries[] {
  return Array.from({ length: count }, (_, i) => {
    let total = 0;
    return {
      labels: { __name__: 'http_requests_total', route: `/r${i % 50}`, instance: `i${i}`, job: 'api' },
      next: (k) => (total += noise(i, k) % 100),
    };
  });
}

function buckets(count: number, bounds: number): TestSeries[] {
  return Array.from({ length: count * bounds }, (_, i) => {
    const bound = i % bounds;
    let total = 0;
    return {
      labels: {
        __name__: 'latency_bucket',
        instance: `i${Math.floor(i / bounds)}`,
        le: bound === bounds - 1 ? '+Inf' : String(2 ** bound / 100),
      },
      next: (k) => (total += (noise(Math.floor(i / bounds), k) % 10) * (bound + 1)),
    };
  });
}

function gauges(count: number): TestSeries[] {
  return Array.from({ length: count }, (_, i) => ({
    labels: { __name__: 'memory_bytes', instance: `i${i}`, zone: `z${i % 7}` },
    next: (k) => (noise(i, k) % 1000) / 10,
  }));
}

function noise(i: number, k: number): number {
  return Math.imul(i * 7919 + k * 104_729, 2_654_435_761) >>> 8;
}

/** The same query on the same samples: here in the process, there by Prometheus's own account of evaluation time. */
async function compare(series: TestSeries[], query: string, range: boolean): Promise<Comparison> {
  const store = new TimeSeriesStore({ retention: Infinity });
  const text: string[] = [];
  for (const { labels, next } of series) {
    const handle = store.series(labels)!;
    const { __name__: name, ...rest } = labels;
    const inner = Object.entries(rest).map(([key, value]) => `${key}="${value}"`);
    for (let k = 0; k < SAMPLES; k++) {
      const value = next(k);
      handle.append(START + k * STEP, value);
      text.push(`${name}{${inner.join()}} ${formatFixed(value)} ${(START + k * STEP) / 1000}\n`);
    }
  }
  const prometheus = await PrometheusProcess.start(text.join(''));
  const times = range ? { start: END - 3_600_000, end: END, step: STEP } : { time: END };
  const engine = new PromqlEngine();
  return {
    ours: {
      name: 'telltale',
      async measure() {
        const started = process.hrtime.bigint();
        for (let i = 0; i < REPEATS; i++) {
          if (range) await engine.queryRange(store, query, END - 3_600_000, END, STEP);
          else await engine.query(store, query, END);
        }
        return Number(process.hrtime.bigint() - started) / REPEATS;
      },
    },
    peer: {
      name: 'Prometheus',
      async measure() {
        let sum = 0;
        for (let i = 0; i < REPEATS; i++) sum += await prometheus.evaluationTime(query, times);
        return sum / REPEATS;
      },
    },
    teardown: () => prometheus.stop(),
  };
}
