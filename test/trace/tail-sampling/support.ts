import { type Context, ROOT_CONTEXT, type Span, trace } from '@opentelemetry/api';
import { type Diagnostic, Diagnostics } from '../../../src/common/diagnostics.js';
import { seededRandom } from '../../../src/common/random.js';
import { resourceOf } from '../../../src/common/resource.js';
import { FakeClock } from '../../../src/testing/fake-clock.js';
import { type ReadableSpan, type SpanProcessor, TracerProvider } from '../../../src/trace/index.js';
import {
  type TailSamplingConfig,
  type TailSamplingPolicy,
  TailSamplingProcessor,
  type TailSamplingProcessorOptions,
} from '../../../src/trace/tail-sampling/index.js';

/** What the processor behind receives. */
export class Kept implements SpanProcessor {
  readonly spans: ReadableSpan[] = [];
  ended = 0;

  onStart(): void {}

  onEnd(span: ReadableSpan): void {
    this.spans.push(span);
  }

  async forceFlush(): Promise<void> {}

  async shutdown(): Promise<void> {
    this.ended++;
  }

  get names(): string[] {
    return this.spans.map(({ name }) => name);
  }
}

export function setup(
  config: Partial<TailSamplingConfig> | TailSamplingPolicy[] = {},
  own: Partial<TailSamplingProcessorOptions> = {},
) {
  const clock = new FakeClock();
  const told: Diagnostic[] = [];
  const diagnostics = new Diagnostics({ clock, handler: (diagnostic) => told.push(diagnostic) });
  const kept = new Kept();
  const whole = Array.isArray(config) ? { policies: config } : { policies: [errors], ...config };
  const tail = new TailSamplingProcessor({ config: whole, processor: kept, clock, diagnostics, ...own });
  const provider = new TracerProvider({
    clock,
    diagnostics,
    random: seededRandom(5),
    resource: resourceOf({ 'service.name': 'shop', replicas: 3 }),
    spanProcessors: [tail],
  });
  return { clock, told, diagnostics, kept, tail, provider, tracer: provider.getTracer('test') };
}

export const errors: TailSamplingPolicy = {
  name: 'errors',
  type: 'status_code',
  status_code: { status_codes: ['ERROR'] },
};

export const all: TailSamplingPolicy = { name: 'all', type: 'always_sample' };

export function below(span: Span): Context {
  return trace.setSpan(ROOT_CONTEXT, span);
}

/** What a process knows of a span in another one. */
export function remotely(span: Span): Context {
  return trace.setSpanContext(ROOT_CONTEXT, { ...span.spanContext(), isRemote: true });
}
