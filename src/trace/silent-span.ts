import type { Span, SpanContext, TraceState } from '@opentelemetry/api';
import { type IdSource, isId, TraceIdentity } from './ids.js';
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
    super(identity, flags, traceState, known);
    this.ids = ids;
  }

  trace(): TraceIdentity {
    this.identity ??= this.ids!.trace(undefined);
    return this.identity;
  }

  override spanContext(): SpanContext {
    if (this.known === undefined && this.spanHigh === 0) {
      this.trace();
      this.ids!.nameSpan(this);
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

/** The span that a span context from elsewhere stands for. */
export function spanElsewhere(known: SpanContext): SilentSpan {
  const identity = TraceIdentity.ofHex(known.traceId);
  return new SilentSpan(undefined, identity, known.traceFlags, known.traceState, known);
}

/** A span as one of telltale's, whoever made it; nothing where it has no valid ids. */
export function ownSpan(span: Span | undefined): OwnSpan | undefined {
  if (span === undefined || span instanceof OwnSpan) return span;
  const known = span.spanContext();
  return isId(known?.traceId, 32) && isId(known.spanId, 16) ? spanElsewhere(known) : undefined;
}
