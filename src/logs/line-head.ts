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
export class LinePrefix {
  readonly #isIso: boolean;
  readonly #level: string | number;
  #packed: Packed | undefined;
  #time = Number.NaN;
  #second = Number.NaN;

  constructor(isIso: boolean, level: string | number) {
    this.#isIso = isIso;
    this.#level = level;
  }

  at(now: number): Packed {
    if (now !== this.#time) this.#packed = this.#move(now);
    return this.#packed!;
  }

  #move(now: number): Packed {
    this.#time = now;
    const second = Math.floor(now / 1000);
    if (this.#second !== second || now < FIXED_FROM || now >= FIXED_TO) {
      this.#second = second;
      // What no date can say is its first moment, whatever clock was handed in.
      const date = new Date(+new Date(now) || 0);
      const time = JSON.stringify(this.#isIso ? date : +date);
      return pack('{', `"time":${time},"level":${JSON.stringify(this.#level)},"msg":`);
    }
    const milliseconds = Math.floor(now) - second * 1000;
    const { bytes } = this.#packed!;
    const at = this.#isIso ? ISO_MILLISECONDS_AT : EPOCH_MILLISECONDS_AT;
    bytes[at] = 0x30 + milliseconds / 100;
    bytes[at + 1] = 0x30 + ((milliseconds / 10) % 10);
    bytes[at + 2] = 0x30 + (milliseconds % 10);
    return this.#packed!;
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
      bytes[FLAGS_AT] = '0123456789abcdef'.charCodeAt((traceFlags >> 4) & 15);
      bytes[FLAGS_AT + 1] = '0123456789abcdef'.charCodeAt(traceFlags & 15);
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
