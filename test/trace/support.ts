import { InMemorySpanExporter } from '@opentelemetry/sdk-trace-base';
import { type Diagnostic, Diagnostics } from '../../src/common/diagnostics.js';
import { seededRandom } from '../../src/common/random.js';
import { resourceOf } from '../../src/common/resource.js';
import { FakeClock } from '../../src/testing/fake-clock.js';
import { SimpleSpanProcessor, TracerProvider, type TracerProviderOptions } from '../../src/trace/index.js';
import type { ReadableSpan } from '../../src/trace/readable-span.js';

/** A provider with a fake clock, repeatable ids, and everything it records and tells kept at hand. */
export function setup(options: TracerProviderOptions = {}) {
  const clock = new FakeClock();
  const told: Diagnostic[] = [];
  const diagnostics = new Diagnostics({ clock, handler: (diagnostic) => told.push(diagnostic) });
  const exporter = new InMemorySpanExporter();
  const provider = new TracerProvider({
    clock,
    diagnostics,
    env: {},
    random: seededRandom(1),
    resource: resourceOf({ 'service.name': 'test' }),
    ...options,
    spanProcessors: [
      ...(options.spanProcessors ?? []),
      new SimpleSpanProcessor({ exporter, clock, diagnostics }),
    ],
  });
  return {
    clock,
    told,
    diagnostics,
    provider,
    tracer: provider.getTracer('test', '1.0.0'),
    /** The spans that have ended, in that order. */
    ended: (): ReadableSpan[] => exporter.getFinishedSpans() as unknown as ReadableSpan[],
    last: (): ReadableSpan => exporter.getFinishedSpans().at(-1) as unknown as ReadableSpan,
  };
}
