import { type Context, isSpanContextValid, type SpanContext } from '@opentelemetry/api';
import { spanOf } from '../../common/context.js';
import { isTelemetrySuppressed } from '../../common/suppression.js';
import { withSpan } from '../../common/with-span.js';
import { FLAG_SAMPLED } from '../ids.js';
import { OwnSpan } from '../own-span.js';
import { spanElsewhere } from '../silent-span.js';
import { isHexAt, isHexId } from './hex-id.js';

/** What propagators other than W3C's have in common: who is to be told of, and who told. */

/** The span context to send on: that of the current span, unless it is not valid or telemetry is suppressed. */
export function contextToSend(context: Context): SpanContext | undefined {
  const span = spanOf(context);
  if (span === undefined || isTelemetrySuppressed(context)) return undefined;
  const spanContext = span.spanContext();
  // Telltale's own spans always have ids; the API tests others by regular expressions, 0.4 µs.
  return span instanceof OwnSpan || isSpanContextValid(spanContext) ? spanContext : undefined;
}

/** `1` for a span that is sampled, else `0`. */
export function sampledDigit(spanContext: SpanContext): '0' | '1' {
  return (spanContext.traceFlags & FLAG_SAMPLED) === FLAG_SAMPLED ? '1' : '0';
}

/** The context with the remote parent that was read; the trace state of the same trace is kept. */
export function withRemoteParent(
  context: Context,
  traceId: string,
  spanId: string,
  sampled: boolean,
): Context {
  const parent: SpanContext = { traceId, spanId, traceFlags: sampled ? FLAG_SAMPLED : 0, isRemote: true };
  const before = spanOf(context)?.spanContext();
  // Another propagator may have read the same trace before, with a state that this format has no place for.
  if (before?.traceId === traceId && before.traceState !== undefined) parent.traceState = before.traceState;
  return withSpan(context, spanElsewhere(parent));
}

/** A trace id of 64 or 128 bits as 128 bits; `undefined` for anything else. */
export function wideTraceId(text: string): string | undefined {
  if (text.length === 16 && isHexAt(text, 0, 16)) return `0000000000000000${text}`;
  return isHexId(text, 32) ? text : undefined;
}

/**
 * Says that somebody upstream wants the trace kept whatever samplers say: B3's debug flag. The key is that of
 * OpenTelemetry's B3 propagator, so that the two understand each other.
 */
const DEBUG_KEY = /* @__PURE__ */ Symbol.for('OpenTelemetry Context Key B3 Debug Flag');

export function withDebugFlag(context: Context): Context {
  return context.setValue(DEBUG_KEY, '1');
}

export function hasDebugFlag(context: Context): boolean {
  const flag = context.getValue(DEBUG_KEY);
  return flag === '1' || flag === 'd';
}
