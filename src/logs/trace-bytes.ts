import type { ContextManager } from '@opentelemetry/api';
import { spanOf } from './current-span.js';

/** The bytes of an invalid span context, with room for the ids of valid ones. */
const TEMPLATE = `,"trace_id":"${'0'.repeat(32)}","span_id":"${'0'.repeat(16)}","trace_flags":"00"`;
const TRACE_AT = 13;
const SPAN_AT = 58;
const FLAGS_AT = 91;
const HEX = '0123456789abcdef';

/**
 * Writes the ids of the current span as `,"trace_id":"…","span_id":"…","trace_flags":"01"`, named as in
 * OpenTelemetry's "Trace Context in non-OTLP Log Formats". The last bytes are kept: a span tends to log more
 * than once. Only strings are kept, never the span.
 */
export class TraceBytes {
  readonly #contexts: Pick<ContextManager, 'active'>;
  readonly #bytes: Uint8Array = Buffer.from(TEMPLATE);
  #traceId = '';
  #spanId = '';
  #flags = 0;
  #valid = false;

  constructor(contexts: Pick<ContextManager, 'active'>) {
    this.#contexts = contexts;
  }

  /** The bytes for the span that is current now, or `undefined` where there is none; good until the next call. */
  current(): Uint8Array | undefined {
    const span = spanOf(this.#contexts.active());
    if (span === undefined) return undefined;
    const { traceId, spanId, traceFlags } = span.spanContext();
    if (spanId !== this.#spanId || traceId !== this.#traceId || traceFlags !== this.#flags) {
      this.#traceId = traceId;
      this.#spanId = spanId;
      this.#flags = traceFlags;
      this.#valid = putId(this.#bytes, TRACE_AT, traceId, 32) && putId(this.#bytes, SPAN_AT, spanId, 16);
      this.#bytes[FLAGS_AT] = HEX.charCodeAt((traceFlags >> 4) & 15);
      this.#bytes[FLAGS_AT + 1] = HEX.charCodeAt(traceFlags & 15);
    }
    return this.#valid ? this.#bytes : undefined;
  }
}

/** Whether the id is valid: lower-case hex of the right length, and not all zeros. */
function putId(bytes: Uint8Array, at: number, id: string, length: number): boolean {
  if (typeof id !== 'string' || id.length !== length) return false;
  let zeros = 0;
  for (let i = 0; i < length; i++) {
    const unit = id.charCodeAt(i);
    if (!((unit >= 0x30 && unit <= 0x39) || (unit >= 0x61 && unit <= 0x66))) return false;
    if (unit === 0x30) zeros++;
    bytes[at + i] = unit;
  }
  return zeros < length;
}
