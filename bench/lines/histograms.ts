import type { Span } from '@opentelemetry/api';
import { AggregationType, MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { processContexts, rootContext } from '../../src/common/context.js';
import { withSpan } from '../../src/common/with-span.js';
import { Histogram } from '../../src/metrics/histogram.js';
import { NativeHistogram } from '../../src/metrics/native-histogram.js';
import { Registry } from '../../src/metrics/registry.js';
import { traceExemplars } from '../../src/metrics/trace-exemplars.js';
import type { BenchLine } from '../line.js';

/**
 * Native histograms against OpenTelemetry's exponential ones, and what exemplars cost.
 *
 * 150 series as in `metrics.ts`; latencies over four powers of ten, so that scales settle where they do in a
 * service.
 */
const LABELS = ['method', 'status', 'route'] as const;
type Label = (typeof LABELS)[number];

const CASES = Array.from({ length: 256 }, (_, i) => ({
  method: ['GET', 'POST', 'DELETE'][(i * 7) % 3]!,
  status: [200, 201, 304, 404, 500][(i * 3) % 5]!,
  route: `/things/${(i * 11 + (i >> 4)) % 10}/:id`,
  value: 0.001 * 1.037 ** ((i * 89) % 256),
}));

const OPTIONS = { name: 'http_request_duration_seconds', help: 'Time to answer.', labelNames: LABELS };
const OURS = 'telltale';

/** Other metrics in use, so that no call site inside the library sees only the measured one. */
function warm(registry: Registry): void {
  const classic = new Histogram({ name: 'a', help: 'a', labelNames: ['x'], registers: [registry] });
  const native = new NativeHistogram({ name: 'b', help: 'b', labelNames: ['y'], registers: [registry] });
  for (let i = 0; i < 2000; i++) {
    classic.observe({ x: i % 7 }, i);
    native.observe({ y: `y${i % 5}` }, i - 500);
  }
}

function otelHistogram() {
  const exporter = {
    export: (_: unknown, done: (result: { code: number }) => void) => done({ code: 0 }),
    forceFlush: async () => {},
    shutdown: async () => {},
  };
  const provider = new MeterProvider({
    readers: [new PeriodicExportingMetricReader({ exporter })],
    views: [{ instrumentName: '*', aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM } }],
  });
  const meter = provider.getMeter('bench');
  const other = meter.createHistogram('other');
  for (let i = 0; i < 1000; i++) other.record(i, { queue: `q${i % 7}` });
  return { histogram: meter.createHistogram(OPTIONS.name), shutdown: () => provider.shutdown() };
}

function versusOtel(name: string, aim: number, byHandle: boolean): BenchLine {
  return {
    name,
    aim,
    async setup() {
      const registry = new Registry();
      warm(registry);
      const histogram = new NativeHistogram<Label>({ ...OPTIONS, registers: [registry] });
      const handles = CASES.map(({ method, status, route }) => histogram.labels({ method, status, route }));
      const { histogram: peer, shutdown } = otelHistogram();
      // OpenTelemetry has no handles; kept attributes are the nearest to one.
      const attributes = CASES.map(({ method, status, route }) => ({ method, status, route }));
      return {
        ours: {
          name: OURS,
          run(n) {
            for (let i = 0; i < n; i++) {
              const { method, status, route, value } = CASES[i & 255]!;
              if (byHandle) handles[i & 255]!.observe(CASES[(i * 5) & 255]!.value);
              else histogram.observe({ method, status, route }, value);
            }
          },
        },
        peer: {
          name: 'OpenTelemetry sdk-metrics 2',
          run(n) {
            for (let i = 0; i < n; i++) {
              const { method, status, route, value } = CASES[i & 255]!;
              if (byHandle) peer.record(CASES[(i * 5) & 255]!.value, attributes[i & 255]!);
              else peer.record(value, { method, status, route });
            }
          },
        },
        teardown: shutdown,
      };
    },
  };
}

/** A sampled span is current all the time: each observation is one that might become an exemplar. */
function withinSampledSpan(run: () => void): void {
  const context = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), traceFlags: 1 };
  const span = { spanContext: () => context } as unknown as Span;
  processContexts().with(withSpan(rootContext, span), run);
}

/** The aim is a share: an observation with exemplars may take half as long again as one without. */
function exemplarsCost(name: string, byHandle: boolean): BenchLine {
  return {
    name,
    aim: 1 / 1.5,
    async setup() {
      const contestant = (title: string, registry: Registry) => {
        warm(registry);
        const histogram = new Histogram<Label>({ ...OPTIONS, registers: [registry] });
        const handles = CASES.map(({ method, status, route }) => histogram.labels({ method, status, route }));
        const observe = (n: number) => {
          for (let i = 0; i < n; i++) {
            const { method, status, route, value } = CASES[i & 255]!;
            if (byHandle) handles[i & 255]!.observe(CASES[(i * 5) & 255]!.value);
            else histogram.observe({ method, status, route }, value);
          }
        };
        return { name: title, run: (n: number) => withinSampledSpan(() => observe(n)) };
      };
      return {
        ours: contestant('with exemplars', new Registry({ exemplars: traceExemplars() })),
        peer: contestant('without', new Registry()),
      };
    },
  };
}

export const histogramLines: BenchLine[] = [
  versusOtel('native histogram by labels vs OpenTelemetry', 8, false),
  versusOtel('native histogram handle vs OpenTelemetry', 10, true),
  exemplarsCost('histogram by labels, exemplars', false),
  exemplarsCost('histogram handle, exemplars', true),
];
