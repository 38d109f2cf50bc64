import { ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { seededRandom } from '../../src/common/random.js';
import { TraceIdentity } from '../../src/trace/ids.js';
import { BatchSpanProcessor, type SpanProcessor, TracerProvider } from '../../src/trace/index.js';
import type { RecordingSpan } from '../../src/trace/span.js';
import { type TailSamplingPolicy, TailSamplingProcessor } from '../../src/trace/tail-sampling/index.js';
import type { BenchLine, Comparison, Contestant } from '../line.js';

/** Traces between two pauses for the event loop, and spans in each. */
const TRACES = 400;
const SPANS = 5;

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

/** What a processor alone costs: spans that have just ended are handed to it, under a new trace id each time. */
function handed(
  name: string,
  make: (exporter: CountingExporter) => SpanProcessor,
  share: number,
): Contestant {
  const exporter = new CountingExporter();
  const processor = make(exporter);
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
            processor.onEnd(span);
          }
        }
        await new Promise<void>((resolve) => setImmediate(resolve));
        await processor.forceFlush();
      }
      const kept = exporter.received / made;
      if (made > 50_000 && Math.abs(kept - share) > 0.05)
        throw new Error(`${name} kept ${kept} of all spans, not ${share}`);
    },
  };
}

/** Requests with calls to a database, one in fifty of which fails. */
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
    const root = tracer.startSpan('GET', {
      attributes: { 'http.route': `/r${i % 9}`, 'url.path': `/r/${i}` },
    });
    for (let call = 1; call < SPANS; call++) {
      const options = { attributes: { 'db.system.name': 'postgresql', 'db.rows': call } };
      tracer.startSpan('SELECT', options, trace.setSpan(ROOT_CONTEXT, root)).end();
    }
    if (i % 50 === 0) root.setStatus({ code: 2 });
    root.end();
  }
  return all;
}

function compared(percentage: number): Comparison {
  const probabilistic: TailSamplingPolicy = {
    name: 'some',
    type: 'probabilistic',
    probabilistic: { sampling_percentage: percentage },
  };
  const tail = (exporter: CountingExporter) =>
    new TailSamplingProcessor({
      config: { policies: [...POLICIES, probabilistic] },
      processor: new BatchSpanProcessor({ exporter }),
    });
  const share = 0.02 + (0.98 * percentage) / 100;
  return {
    ours: handed('telltale, tail sampling', tail, share),
    peer: handed(PEER, (exporter) => new BatchSpanProcessor({ exporter }), 1),
  };
}

export const tailSamplingLines: BenchLine[] = [
  { name: 'tail sampling, 10 % kept, a span', aim: 0.5, setup: async () => compared(10) },
  { name: 'tail sampling, all kept, a span', setup: async () => compared(100) },
];
