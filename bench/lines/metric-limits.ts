import { get } from 'node:http';
import { performance } from 'node:perf_hooks';
import { prometheusServer } from '../../src/exporters/prometheus/index.js';
import { Counter } from '../../src/metrics/counter.js';
import { Registry } from '../../src/metrics/registry.js';
import type { BenchLine } from '../line.js';

/** What 100,000 series may take: of the event loop while they are scraped, and of the heap. */
const SERIES = 100_000;

/** 100,000 counters of two labels. */
function filled(): Registry {
  const registry = new Registry({ maxSeries: Number.POSITIVE_INFINITY });
  const requests = new Counter({
    name: 'requests_total',
    help: 'Requests.',
    labelNames: ['method', 'route'],
    registers: [registry],
  });
  for (let i = 0; i < SERIES; i++) requests.inc({ method: 'GET', route: `/items/${i}` }, i + 0.5);
  return registry;
}

/** Milliseconds of the longest turn of the event loop during one whole scrape over HTTP, gzip included. */
async function longestPause(url: string, accept: string): Promise<number> {
  let longest = 0;
  let last = performance.now();
  let scraping = true;
  const beat = (): void => {
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
    if (scraping) setImmediate(beat);
  };
  setImmediate(beat);
  const bytes = await new Promise<number>((resolve, reject) => {
    get(url, { headers: { accept, 'accept-encoding': 'gzip' } }, (response) => {
      let received = 0;
      response.on('data', (chunk: Buffer) => {
        received += chunk.length;
      });
      response.on('end', () => resolve(received));
      response.on('error', reject);
    }).on('error', reject);
  });
  scraping = false;
  if (bytes < SERIES) throw new Error(`only ${bytes} bytes came`);
  return longest;
}

function pauseLine(format: string, accept: string): BenchLine {
  return {
    name: `longest pause of the event loop while 100,000 series are scraped, ${format}, against 20 ms`,
    aim: 1,
    unit: 'ms',
    async setup() {
      const server = prometheusServer({ registry: filled(), port: 0 });
      const { port } = await server.start();
      const url = `http://127.0.0.1:${port}/metrics`;
      // What is compiled at the first scrapes is not what every scrape costs.
      for (let i = 0; i < 3; i++) await longestPause(url, accept);
      return {
        ours: { name: 'telltale', measure: () => longestPause(url, accept) },
        peer: { name: 'allowed', measure: async () => 20 },
        teardown: () => server.stop(),
      };
    },
  };
}

/** Bytes of heap that each series takes. */
async function bytesEach(): Promise<number> {
  globalThis.gc?.();
  const before = process.memoryUsage().heapUsed;
  const registry = filled();
  globalThis.gc?.();
  const bytes = (process.memoryUsage().heapUsed - before) / SERIES;
  if (registry.getMetricsAsArray()[0]!.series().length !== SERIES) throw new Error('series are missing');
  return bytes;
}

export const metricLimitLines: BenchLine[] = [
  pauseLine('text', 'text/plain;version=0.0.4'),
  pauseLine('OpenMetrics', 'application/openmetrics-text;version=1.0.0'),
  pauseLine(
    'protobuf',
    'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited',
  ),
  {
    name: 'heap of a counter series of two labels, against 250 bytes',
    aim: 1,
    unit: 'B',
    rounds: 3,
    setup: async () => ({
      ours: { name: 'telltale', measure: bytesEach },
      peer: { name: 'allowed', measure: async () => 250 },
    }),
  },
];
