import {
  type Baggage,
  type Context,
  propagation,
  type TextMapGetter,
  type TextMapPropagator,
  type TextMapSetter,
} from '@opentelemetry/api';
import { isTelemetrySuppressed } from '../../common/suppression.js';
import { singleHeader } from './header.js';
import { isHexId } from './hex-id.js';
import {
  contextToSend,
  hasDebugFlag,
  sampledDigit,
  wideTraceId,
  withDebugFlag,
  withRemoteParent,
} from './remote-parent.js';

const TRACE = 'uber-trace-id';
const BAGGAGE_PREFIX = 'uberctx-';
const SAMPLED = 1;
const DEBUG = 2;
/** `{trace}:{span}:{parent}:{flags}` at its longest, with each colon percent-encoded. */
const MAX_LENGTH = 32 + 16 + 16 + 2 + 3 * 3;
/** As for W3C baggage. */
const MAX_BAGGAGE = 180;
const MAX_BAGGAGE_BYTES = 8192;
/** What may be part of the name of a header. */
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/**
 * Carries traces in the header `uber-trace-id` of the Jaeger clients, and baggage in `uberctx-{key}`. Ids may be
 * shorter than they should, then zeros are put before them. A debug flag counts as sampled and is passed on. A
 * header that is not as the specification says is ignored.
 *
 * Specification: https://www.jaegertracing.io/sdk-migration/#propagation-format
 */
export class JaegerPropagator implements TextMapPropagator {
  inject(context: Context, carrier: unknown, setter: TextMapSetter): void {
    const span = contextToSend(context);
    if (span !== undefined) {
      // Only these two bits: the second of W3C's flags, a random id, would be read as debug.
      const flags = hasDebugFlag(context) ? SAMPLED | DEBUG : sampledDigit(span);
      setter.set(carrier, TRACE, `${span.traceId}:${span.spanId}:0:0${flags}`);
    }
    const baggage = propagation.getBaggage(context);
    if (baggage === undefined || isTelemetrySuppressed(context)) return;
    injectBaggage(baggage, carrier, setter);
  }

  extract(context: Context, carrier: unknown, getter: TextMapGetter): Context {
    const header = singleHeader(getter.get(carrier, TRACE));
    const parent = header === undefined ? context : (extractTrace(context, header) ?? context);
    return extractBaggage(parent, carrier, getter);
  }

  fields(): string[] {
    return [TRACE];
  }
}

function extractTrace(context: Context, header: string): Context | undefined {
  if (header.length > MAX_LENGTH) return undefined;
  const text = header.includes('%') ? header.replaceAll(/%3a/gi, ':') : header;
  const first = text.indexOf(':');
  const second = text.indexOf(':', first + 1);
  const third = text.indexOf(':', second + 1);
  if (first === -1 || second === -1 || third === -1) return undefined;
  const traceId = wideTraceId(padded(text.slice(0, first), first > 16 ? 32 : 16));
  const spanId = padded(text.slice(first + 1, second), 16);
  const flags = flagsAt(text, third + 1);
  if (traceId === undefined || !isHexId(spanId, 16) || flags === undefined) return undefined;
  const debug = (flags & DEBUG) !== 0;
  const result = withRemoteParent(context, traceId, spanId, debug || (flags & SAMPLED) !== 0);
  return debug ? withDebugFlag(result) : result;
}

/** Senders may leave out zeros before an id, and may use capitals. */
function padded(id: string, length: number): string {
  if (id.length === length && isHexId(id, length)) return id;
  return id.padStart(length, '0').toLowerCase();
}

/** One or two hex digits up to the end of the text. */
function flagsAt(text: string, start: number): number | undefined {
  const last = hexDigit(text.charCodeAt(text.length - 1));
  const first = text.length - start === 2 ? hexDigit(text.charCodeAt(start)) : 0;
  const isOneOrTwo = text.length > start && text.length <= start + 2;
  return isOneOrTwo && first >= 0 && last >= 0 ? first * 16 + last : undefined;
}

function hexDigit(code: number): number {
  if (code >= 48 && code <= 57) return code - 48;
  const lower = code | 32;
  return lower >= 97 && lower <= 102 ? lower - 87 : -1;
}

function injectBaggage(baggage: Baggage, carrier: unknown, setter: TextMapSetter): void {
  let members = 0;
  let bytes = 0;
  for (const [key, { value }] of baggage.getAllEntries()) {
    if (!TOKEN.test(key)) continue;
    let text: string;
    try {
      text = encodeURIComponent(value);
    } catch {
      continue; // half of a surrogate pair
    }
    bytes += key.length + text.length;
    if (bytes > MAX_BAGGAGE_BYTES || ++members > MAX_BAGGAGE) return;
    setter.set(carrier, BAGGAGE_PREFIX + key, text);
  }
}

function extractBaggage(context: Context, carrier: unknown, getter: TextMapGetter): Context {
  let baggage: Baggage | undefined;
  let members = 0;
  let bytes = 0;
  for (const name of getter.keys(carrier)) {
    if (!isBaggage(name)) continue;
    const text = singleHeader(getter.get(carrier, name));
    if (text === undefined) continue;
    bytes += name.length + text.length;
    if (bytes > MAX_BAGGAGE_BYTES || ++members > MAX_BAGGAGE) break;
    try {
      const value = decodeURIComponent(text);
      baggage ??= propagation.getBaggage(context) ?? propagation.createBaggage();
      baggage = baggage.setEntry(name.slice(BAGGAGE_PREFIX.length), { value });
    } catch {
      // Not percent-encoded as it should be.
    }
  }
  return baggage === undefined ? context : propagation.setBaggage(context, baggage);
}

/** Few headers begin with a U, so that few names are ever put into lower case. */
function isBaggage(name: string): boolean {
  const first = name.charCodeAt(0);
  return (
    (first === 117 || first === 85) &&
    name.length > BAGGAGE_PREFIX.length &&
    name.slice(0, BAGGAGE_PREFIX.length).toLowerCase() === BAGGAGE_PREFIX
  );
}
