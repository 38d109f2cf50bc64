import { rootContext } from '../../src/common/context.js';
import { withSpan } from '../../src/common/with-span.js';
import { TracerProvider } from '../../src/trace/index.js';
import { TailSamplingProcessor } from '../../src/trace/tail-sampling/index.js';

/**
 * What tail sampling holds on to: so many traces in flight, each with so many spans that have ended. Prints, as
 * JSON, the megabytes that were added. To be run with `node --expose-gc`.
 */
const [traces = 50_000, spans = 5] = process.argv.slice(2).map(Number);

const tail = new TailSamplingProcessor({
  config: {
    decision_wait: '600s',
    policies: [{ name: 'errors', type: 'status_code', status_code: { status_codes: ['ERROR'] } }],
  },
  processor: { onStart() {}, onEnd() {}, forceFlush: async () => {}, shutdown: async () => {} },
  maxSpans: traces * spans,
  maxBytes: 1024 * 1024 * 1024,
});
const tracer = new TracerProvider({ spanProcessors: [tail] }).getTracer('memory');

run(1_000); // code and shapes
await tail.forceFlush();
const before = used();
const roots = run(traces);
const { pending } = tail.stats;
const after = used();
console.log(JSON.stringify({ ...pending, megabytes: (after - before) / 1024 / 1024, roots: roots.length }));
process.exit(0);

function run(count: number): unknown[] {
  const roots = [];
  for (let i = 0; i < count; i++) {
    const root = tracer.startSpan('GET /orders/:id', {
      attributes: { 'http.route': '/orders/:id', 'url.path': `/orders/${i}` },
    });
    for (let call = 0; call < spans; call++) {
      const span = tracer.startSpan('SELECT orders', {}, withSpan(rootContext, root));
      span.setAttribute('db.system.name', 'postgresql');
      span.setAttribute('db.response.returned_rows', call);
      span.setAttribute('db.query.summary', `SELECT orders ${i}`);
      span.end();
    }
    roots.push(root);
  }
  return roots;
}

function used(): number {
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
