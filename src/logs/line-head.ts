import type { Span } from '@opentelemetry/api';
import { type IdBearer, PUT_IDS } from '../common/otel-keys.js';
import { type Packed, pack } from './key-table.js';

interface Prefix {
  readonly packed: Packed;
  /** The same bytes one by one: Node runs on little-endian machines only. */
  readonly bytes: Uint8Array;
  time: number;
  second: number;
}

/** Where the milliseconds stand in a prefix: in `{"time":"2026-11-21T20:30:00.` and in `{"time":1795293000`. */
const ISO_MILLISECONDS_AT = 29;
const EPOCH_MILLISECONDS_AT = 18;

/** From 2001 to 2286 both forms of the time have a fixed length. */
const FIXED_FROM = 1e12;
const FIXED_TO = 1e13;

/**
 * The bytes that begin the lines of each level: `{"time":"2026-11-21T20:30:00.123Z","level":"info","msg":`. The
 * level is said by its name, or by its value where there are no names.
 * Within a second only three digits are written anew, which takes 5 ns where making the prefix takes 700: a
 * process that logs seldom has a new millisecond at every line.
 */
export function linePrefixes(
  isIso: boolean,
  names: readonly string[] | undefined,
): (now: number, value: number) => Packed {
  const at = isIso ? ISO_MILLISECONDS_AT : EPOCH_MILLISECONDS_AT;
  const kept: Prefix[] = [];
  return (now, value) => {
    let prefix = kept[value];
    if (prefix?.time === now) return prefix.packed;
    const second = Math.floor(now / 1000);
    if (prefix?.second === second && now >= FIXED_FROM && now < FIXED_TO) {
      const milliseconds = Math.floor(now) - second * 1000;
      prefix.bytes[at] = 0x30 + Math.floor(milliseconds / 100);
      prefix.bytes[at + 1] = 0x30 + (Math.floor(milliseconds / 10) % 10);
      prefix.bytes[at + 2] = 0x30 + (milliseconds % 10);
      prefix.time = now;
    } else {
      const packed = make(now, value);
      prefix = { packed, bytes: new Uint8Array(packed.words.buffer), time: now, second };
      kept[value] = prefix;
    }
    return prefix.packed;
  };

  function make(now: number, value: number): Packed {
    // What no date can say is its first moment, whatever clock was handed in.
    const date = new Date(+new Date(now) || 0);
    const time = JSON.stringify(isIso ? date : +date);
    return pack('{', `"time":${time},"level":${JSON.stringify(names?.[value] ?? value)},"msg":`);
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
export function traceIds(): (span: Span) => Uint8Array | undefined {
  const bytes = Buffer.from(
    `,"trace_id":"${'0'.repeat(32)}","span_id":"${'0'.repeat(16)}","trace_flags":"00"`,
  );
  let last: Span | undefined;
  let isValid = false;
  return (span) => {
    if (span !== last) {
      last = undefined;
      isValid = read(span as Span & IdBearer);
      last = span;
    }
    return isValid ? bytes : undefined;
  };

  function read(span: Span & IdBearer): boolean {
    if (span[PUT_IDS]?.(bytes, TRACE_AT, SPAN_AT, FLAGS_AT)) return true;
    const { traceId, spanId, traceFlags } = span.spanContext();
    bytes.write((traceFlags | 256).toString(16).slice(-2), FLAGS_AT);
    return put(TRACE_AT, traceId, 32) && put(SPAN_AT, spanId, 16);
  }

  /** Whether the id is valid: lower-case hex of the right length, and not all zeros. */
  function put(at: number, id: string, length: number): boolean {
    return id.length === length && /^(?!0*$)[0-9a-f]*$/.test(id) && bytes.write(id, at) === length;
  }
}
