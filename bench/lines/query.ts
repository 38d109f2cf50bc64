import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Histogram, Registry } from 'prom-client';
import { PromqlEngine } from '../../src/query/engine/engine.js';
import { formatFixed } from '../../src/query/numbers.js';
import { TimeSeriesStore } from '../../src/query/store/store.js';
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
  const text: string[] = [`# TYPE ${series[0]!.labels.__name__} gauge\n`];
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
  text.push('# EOF\n');
  const prometheus = await Prometheus.start(text.join(''));
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
        for (let i = 0; i < REPEATS; i++) sum += await prometheus.evaluationTime(query, range);
        return sum / REPEATS;
      },
    },
    teardown: () => prometheus.stop(),
  };
}

/** A Prometheus on the loopback whose blocks are made of a text of samples. Debian: `apt-get install prometheus`. */
class Prometheus {
  readonly #process: ChildProcess;
  readonly #folder: string;
  readonly #url: string;

  private constructor(process: ChildProcess, folder: string, url: string) {
    this.#process = process;
    this.#folder = folder;
    this.#url = url;
  }

  static async start(samples: string): Promise<Prometheus> {
    const folder = mkdtempSync(join(tmpdir(), 'telltale-prometheus-'));
    writeFileSync(join(folder, 'samples.txt'), samples);
    writeFileSync(join(folder, 'prometheus.yml'), 'global:\n  scrape_interval: 1h\n');
    const data = join(folder, 'data');
    execFileSync(
      'promtool',
      ['tsdb', 'create-blocks-from', 'openmetrics', join(folder, 'samples.txt'), data],
      { stdio: 'ignore' },
    );
    const port = await freePort();
    const child = spawn(
      'prometheus',
      [
        `--config.file=${join(folder, 'prometheus.yml')}`,
        `--storage.tsdb.path=${data}`,
        '--storage.tsdb.retention.time=100y',
        `--web.listen-address=127.0.0.1:${port}`,
        '--log.level=error',
      ],
      { stdio: 'ignore' },
    );
    const prometheus = new Prometheus(child, folder, `http://127.0.0.1:${port}`);
    for (let tries = 0; !(await prometheus.#isReady()); tries++) {
      if (tries > 200 || child.exitCode !== null) throw new Error('Prometheus did not start');
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    return prometheus;
  }

  /** Nanoseconds that Prometheus says it took to evaluate. */
  async evaluationTime(query: string, range: boolean): Promise<number> {
    const [start, end] = [(END - 3_600_000) / 1000, END / 1000];
    const times = range ? `start=${start}&end=${end}&step=${STEP / 1000}` : `time=${end}`;
    const path = range ? 'query_range' : 'query';
    const answer = await fetch(
      `${this.#url}/api/v1/${path}?query=${encodeURIComponent(query)}&${times}&stats=all`,
    );
    const { data } = (await answer.json()) as {
      data: { result: unknown[]; stats: { timings: { evalTotalTime: number } } };
    };
    if (data.result.length === 0) throw new Error('Prometheus found no series');
    return data.stats.timings.evalTotalTime * 1e9;
  }

  async stop(): Promise<void> {
    const exited = new Promise((resolve) => this.#process.once('exit', resolve));
    this.#process.kill();
    await exited;
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #isReady(): Promise<boolean> {
    try {
      return (await fetch(`${this.#url}/-/ready`)).ok;
    } catch {
      return false;
    }
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
