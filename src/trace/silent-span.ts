import type { Span, SpanContext, TraceState } from '@opentelemetry/api';
import type { IdSource, TraceIdentity } from './ids.js';
import { OwnSpan } from './own-span.js';

/**
 * A span that is not recorded. It still carries the trace on: its children and the next service see an
 * unsampled trace. Its ids are drawn only if somebody asks; most such spans live and end without.
 */
export class SilentSpan extends OwnSpan implements Span {
  /** Undefined on a span that came from elsewhere, whose ids are known. */
  declare readonly ids: IdSource | undefined;

  constructor(
    ids: IdSource | undefined,
    identity: TraceIdentity | undefined,
    flags: number,
    traceState: TraceState | undefined,
    known?: SpanContext,
  ) {
    super(identity, 0, 0, flags, traceState, known);
    this.ids = ids;
  }

  trace(): TraceIdentity {
    this.identity ??= this.ids!.trace(undefined);
    return this.identity;
  }

  override spanContext(): SpanContext {
    if (this.known === undefined && this.spanHigh === 0) {
      const ids = this.ids!;
      const spanId = ids.generatedSpanId();
      if (spanId !== undefined) {
        this.known = {
          traceId: this.trace().hex,
          spanId,
          traceFlags: this.flags,
          traceState: this.traceState,
        };
      } else {
        this.spanHigh = ids.spanHigh();
        this.spanLow = ids.random.int32();
      }
    }
    return super.spanContext();
  }

  isRecording(): boolean {
    return false;
  }

  setAttribute(): this {
    return this;
  }

  setAttributes(): this {
    return this;
  }

  addEvent(): this {
    return this;
  }

  addLink(): this {
    return this;
  }

  addLinks(): this {
    return this;
  }

  setStatus(): this {
    return this;
  }

  updateName(): this {
    return this;
  }

  recordException(): void {}

  end(): void {}
}
