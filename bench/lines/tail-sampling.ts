import { ROOT_CONTEXT, type Tracer, trace } from '@opentelemetry/api';
import { seededRandom } from '../../src/common/random.js';
import { TraceIdentity } from '../../src/trace/ids.js';
import { BatchSpanProcessor, type SpanProcessor, TracerProvider } from '../../src/trace/index.js';
import type { RecordingSpan } from '../../src/trace/span.js';
import { type TailSamplingPolicy, TailSamplingProcessor } from '../../src/trace/tail-sampling/index.js';
import type { BenchLine, Comparison, Contestant } from '../line.js';

/** Traces between two pauses for the event loop, and spans in each. */
const TRACES = 400;
const SPANS = 5;

const ROUTES = Array.from({ length: 9 }, (_, i) => `/r${i}`);
const PATHS = Array.from({ length: TRACES }, (_, i) => `/r/${i}`);

const PEER = 'plain batch processor';

/** Takes spans as an exporter does and keeps none. */
class CountingExporter {
  received = 0;

  export(spans: readonly unknown[], done: (result: { code: 0 }) => void): void {
    this.received += spans.length;
    done({ code: 0 });
  }

  async shutdown(): Promise<void> {}
}

/** To be handed over again, with another time. */
type EndedSpan = RecordingSpan & { start: number };

const POLICIES: TailSamplingPolicy[] = [
  { name: 'errors', type: 'status_code', status_code: { status_codes: ['ERROR'] } },
  { name: 'slow', type: 'latency', latency: { threshold_ms: 500 } },
  {
    name: 'checkout',
    type: 'string_attribute',
    string_attribute: { key: 'http.route', values: ['/checkout', '/payment'] },
  },
];

/**
 * A processor, and the way to it. That is a function of each side's own: one call that has seen the processors of both
 * is inlined for neither, which no service sees, and which cost the larger of the two up to 30 ns a span.
 */
interface Side {
  readonly processor: SpanProcessor;
  readonly onEnd: (span: EndedSpan) => void;
}

function tailSampled(exporter: CountingExporter, policies: TailSamplingPolicy[]): Side {
  const processor = new TailSamplingProcessor({
    config: { policies },
    processor: new BatchSpanProcessor({ exporter }),
  });
  return { processor, onEnd: (span) => processor.onEnd(span) };
}

function plain(exporter: CountingExporter): Side {
  const processor = new BatchSpanProcessor({ exporter });
  return { processor, onEnd: (span) => processor.onEnd(span) };
}

/** What a processor alone costs: spans that have just ended are handed to it, under a new trace id each time. */
function handed(name: string, make: (exporter: CountingExporter) => Side, share: number): Contestant {
  const exporter = new CountingExporter();
  const { processor, onEnd } = make(exporter);
  const traces = endedTraces();
  const random = seededRandom(7);
  let made = 0;
  return {
    name,
    async run(n) {
      for (let done = 0; done < n; ) {
        for (const spans of traces) {
          if (done >= n) break;
          done += SPANS;
          made += SPANS;
          const { anchor } = spans[0]!.identity;
          const identity = new TraceIdentity(
            random.int32(),
            random.int32(),
            random.int32(),
            random.int32() | 1,
            anchor,
          );
          const now = performance.now();
          for (const span of spans) {
            span.start = now - 2;
            span.stop = now;
            span.identity = identity;
            span.known = undefined;
            onEnd(span);
          }
        }
        await new Promise<void>((resolve) => setImmediate(resolve));
        await processor.forceFlush();
      }
      checkShare(name, exporter, made, share);
    },
  };
}

/** What a span costs from its start to the exporter: made anew each time, so that it is young, and in the cache. */
function made(name: string, make: (exporter: CountingExporter) => Side, share: number): Contestant {
  const exporter = new CountingExporter();
  const { processor } = make(exporter);
  const tracer = new TracerProvider({ spanProcessors: [processor] }).getTracer('bench');
  let count = 0;
  return {
    name,
    async run(n) {
      for (let done = 0; done < n; ) {
        for (let i = 0; i < TRACES && done < n; i++) {
          request(tracer, i);
          done += SPANS;
          count += SPANS;
        }
        await new Promise<void>((resolve) => setImmediate(resolve));
        await processor.forceFlush();
      }
      checkShare(name, exporter, count, share);
    },
  };
}

function checkShare(name: string, exporter: CountingExporter, made: number, share: number): void {
  const kept = exporter.received / made;
  if (made > 50_000 && Math.abs(kept - share) > 0.05)
    throw new Error(`${name} kept ${kept} of all spans, not ${share}`);
}

function endedTraces(): EndedSpan[][] {
  const all: EndedSpan[][] = [];
  const sink: SpanProcessor = {
    onStart() {},
    onEnd: (span) => void all.at(-1)!.push(span as EndedSpan),
    forceFlush: async () => {},
    shutdown: async () => {},
  };
  const tracer = new TracerProvider({ spanProcessors: [sink] }).getTracer('bench');
  for (let i = 0; i < TRACES; i++) {
    all.push([]);
    request(tracer, i);
  }
  return all;
}

/** A request with calls to a database; one in fifty fails. */
function request(tracer: Tracer, i: number): void {
  const root = tracer.startSpan('GET', {
    attributes: { 'http.route': ROUTES[i % 9]!, 'url.path': PATHS[i]! },
  });
  for (let call = 1; call < SPANS; call++) {
    const options = { attributes: { 'db.system.name': 'postgresql', 'db.rows': call } };
    tracer.startSpan('SELECT', options, trace.setSpan(ROOT_CONTEXT, root)).end();
  }
  if (i % 50 === 0) root.setStatus({ code: 2 });
  root.end();
}

function compared(percentage: number, measure = handed): Comparison {
  const probabilistic: TailSamplingPolicy = {
    name: 'some',
    type: 'probabilistic',
    probabilistic: { sampling_percentage: percentage },
  };
  const policies = [...POLICIES, probabilistic];
  const share = 0.02 + (0.98 * percentage) / 100;
  return {
    ours: measure('telltale, tail sampling', (exporter) => tailSampled(exporter, policies), share),
    peer: measure(PEER, plain, 1),
  };
}

export const tailSamplingLines: BenchLine[] = [
  { name: 'tail sampling, 10 % kept, a span', aim: 0.5, setup: async () => compared(10) },
  { name: 'tail sampling, all kept, a span', setup: async () => compared(100) },
  // Beside the strict line above, which has the processors alone: what a service sees.
  { name: 'tail sampling, 10 % kept, a span from its start on', setup: async () => compared(10, made) },
];
