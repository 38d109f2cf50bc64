import type { Span } from '@opentelemetry/api';
import { type IdBearer, PUT_IDS } from '../common/otel-keys.js';
import { type Packed, pack } from './key-table.js';

/** Where the milliseconds stand in a prefix: in `{"time":"2026-11-21T20:30:00.` and in `{"time":1795293000`. */
const ISO_MILLISECONDS_AT = 29;
const EPOCH_MILLISECONDS_AT = 18;

/** From 2001 to 2286 both forms of the time have a fixed length. */
const FIXED_FROM = 1e12;
const FIXED_TO = 1e13;

/**
 * The bytes that begin the lines of one level: `{"time":"2026-11-21T20:30:00.123Z","level":"info","msg":`. The
 * level is said by its name or by its value.
 * Within a second only three digits are written anew, which takes 5 ns where making the prefix takes 700: a
 * process that logs seldom has a new millisecond at every line.
 */
export function linePrefix(isIso: boolean, level: string | number): (now: number) => Packed {
  let packed: Packed;
  let time = Number.NaN;
  let second = Number.NaN;
  return (now) => {
    if (now !== time) move(now);
    return packed;
  };

  function move(now: number): void {
    time = now;
    const whole = Math.floor(now / 1000);
    if (whole !== second || now < FIXED_FROM || now >= FIXED_TO) {
      second = whole;
      // What no date can say is its first moment, whatever clock was handed in.
      const date = new Date(+new Date(now) || 0);
      const said = JSON.stringify(isIso ? date : +date);
      packed = pack('{', `"time":${said},"level":${JSON.stringify(level)},"msg":`);
      return;
    }
    const milliseconds = Math.floor(now) - whole * 1000;
    const { bytes } = packed;
    const at = isIso ? ISO_MILLISECONDS_AT : EPOCH_MILLISECONDS_AT;
    bytes[at] = 0x30 + milliseconds / 100;
    bytes[at + 1] = 0x30 + ((milliseconds / 10) % 10);
    bytes[at + 2] = 0x30 + (milliseconds % 10);
  }
}

const TRACE_AT = 13;
const SPAN_AT = 58;
const FLAGS_AT = 91;

/**
 * Says the ids of a span as `,"trace_id":"…","span_id":"…","trace_flags":"01"`, named as in OpenTelemetry's
 * "Trace Context in non-OTLP Log Formats", or nothing where they are not valid. The last bytes are kept: a span
 * tends to log more than once.
 *
 * Telltale's own spans put their ids in as bytes. Asked for texts they would make two and a `SpanContext`, and
 * keep them until their batch is sent: half a microsecond of a request line, and the collector's work besides.
 */
export function traceIds(): (span: Span) => Packed | undefined {
  const ids = `"trace_id":"${'0'.repeat(32)}","span_id":"${'0'.repeat(16)}","trace_flags":"00"`;
  const packed = pack(',', ids);
  const bytes = Buffer.from(packed.words.buffer); // A view of the same memory.
  let last: Span | undefined;
  let isValid = false;
  return (span) => {
    if (span !== last) {
      last = undefined;
      isValid = read(span as Span & IdBearer);
      last = span;
    }
    return isValid ? packed : undefined;
  };

  function read(span: Span & IdBearer): boolean {
    let isPut = span[PUT_IDS]?.(bytes, TRACE_AT, SPAN_AT, FLAGS_AT);
    if (!isPut) {
      const { traceId, spanId, traceFlags } = span.spanContext();
      put(FLAGS_AT, (traceFlags | 0x100).toString(16).slice(-2), 2);
      isPut = put(TRACE_AT, traceId, 32) && put(SPAN_AT, spanId, 16);
    }
    packed.second = packed.words[1]!;
    return isPut;
  }

  /** Whether the id is valid: lower-case hex of the right length, and not all zeros. */
  function put(at: number, id: string, length: number): boolean {
    let wrong = 0;
    let other = 0;
    for (let i = 0; i < length; i++) {
      const unit = id.charCodeAt(i);
      bytes[at + i] = unit;
      other |= unit ^ 0x30;
      // Negative if it is neither from 0 to 9 nor from a to f: which of them it is no processor can guess.
      wrong |= ((unit - 0x30) | (0x39 - unit)) & ((unit - 0x61) | (0x66 - unit));
    }
    return id.length === length && wrong >= 0 && other !== 0;
  }
}
