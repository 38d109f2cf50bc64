import {
  type Context,
  isSpanContextValid,
  type SpanContext,
  type TextMapGetter,
  type TextMapPropagator,
  type TextMapSetter,
} from '@opentelemetry/api';
import { spanOf } from '../../common/context.js';
import { isTelemetrySuppressed } from '../../common/suppression.js';
import { withSpan } from '../../common/with-span.js';
import { FLAG_RANDOM, FLAG_SAMPLED } from '../ids.js';
import { OwnSpan } from '../own-span.js';
import { spanElsewhere } from '../silent-span.js';
import { trimmed } from './header.js';
import { isHexAt } from './hex-id.js';
import { TraceStateList } from './trace-state.js';

const TRACEPARENT = 'traceparent';
const TRACESTATE = 'tracestate';
/** `00-` and 32 digits, `-` and 16, `-` and 2. */
const LENGTH = 55;
const DASH = 45;

/**
 * Carries traces from service to service in the headers `traceparent` and `tracestate`. A header that is not
 * as the specification says is ignored, and the service begins a trace of its own.
 *
 * A sampled span of a trace that began here is sent on with the flags `03`, one that is not sampled with `02`:
 * the second bit says, as Level 2 defines it, that the trace id is random, which telltale's own are. Of a trace
 * that came from elsewhere, or whose id an `IdGenerator` made, that bit stays as it came: `01` and `00`.
 *
 * Specification: https://www.w3.org/TR/trace-context-2/
 */
export class W3CTraceContextPropagator implements TextMapPropagator {
  inject(context: Context, carrier: unknown, setter: TextMapSetter): void {
    const span = spanOf(context);
    if (span === undefined || isTelemetrySuppressed(context)) return;
    const spanContext = span.spanContext();
    if (!(span instanceof OwnSpan) && !isSpanContextValid(spanContext)) return;
    const flags = spanContext.traceFlags & (FLAG_SAMPLED | FLAG_RANDOM);
    setter.set(carrier, TRACEPARENT, `00-${spanContext.traceId}-${spanContext.spanId}-0${flags}`);
    const state = spanContext.traceState?.serialize();
    if (state !== undefined && state !== '') setter.set(carrier, TRACESTATE, state);
  }

  extract(context: Context, carrier: unknown, getter: TextMapGetter): Context {
    const parent = parseTraceparent(single(getter.get(carrier, TRACEPARENT)));
    if (parent === undefined) return context;
    const traceState = TraceStateList.parse(getter.get(carrier, TRACESTATE));
    if (traceState !== undefined) parent.traceState = traceState;
    return withSpan(context, spanElsewhere(parent));
  }

  fields(): string[] {
    return [TRACEPARENT, TRACESTATE];
  }
}

/** Two `traceparent` headers contradict each other, so neither counts. */
function single(header: unknown): unknown {
  return Array.isArray(header) && header.length === 1 ? header[0] : header;
}

/** What a `traceparent` header says, or `undefined` where it is not valid. */
export function parseTraceparent(header: unknown): SpanContext | undefined {
  if (typeof header !== 'string' || header.length < LENGTH) return undefined;
  const text = header.length === LENGTH ? header : trimmed(header);
  // Version 00 has nothing after the flags; later versions may, behind a dash.
  const long = text.length > LENGTH;
  if (text.length < LENGTH || (long && text.charCodeAt(LENGTH) !== DASH)) return undefined;
  const version = hexByte(text, 0);
  if (version < 0 || version === 0xff || (version === 0 && long)) return undefined;
  if (text.charCodeAt(2) !== DASH || text.charCodeAt(35) !== DASH || text.charCodeAt(52) !== DASH) {
    return undefined;
  }
  const flags = hexByte(text, 53);
  if (flags < 0 || !isHexAt(text, 3, 32) || !isHexAt(text, 36, 16)) return undefined;
  return {
    traceId: text.slice(3, 35),
    spanId: text.slice(36, 52),
    // Bits that Level 2 does not define are not passed on. A later version may mean another thing by the
    // second one, so of its flags only the first counts.
    traceFlags: flags & (version === 0 ? FLAG_SAMPLED | FLAG_RANDOM : FLAG_SAMPLED),
    isRemote: true,
  };
}

/** The byte that two lower-case hex digits say, or -1. */
function hexByte(text: string, at: number): number {
  const high = hexDigit(text.charCodeAt(at));
  const low = hexDigit(text.charCodeAt(at + 1));
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

function hexDigit(code: number): number {
  if (code >= 48 && code <= 57) return code - 48;
  return code >= 97 && code <= 102 ? code - 87 : -1;
}
