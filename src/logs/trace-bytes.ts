import type { ContextManager } from '@opentelemetry/api';
import { spanOf } from './current-span.js';
import { quote } from './stringify.js';

/**
 * Writes the ids of the current span as `,"trace_id":"…","span_id":"…","trace_flags":"01"`, named as in
 * OpenTelemetry's "Trace Context in non-OTLP Log Formats". The last bytes are kept: a span tends to log more
 * than once. Only strings are kept, never the span.
 */
export class TraceBytes {
  readonly #contexts: Pick<ContextManager, 'active'>;
  #traceId = '';
  #spanId = '';
  #flags = 0;
  #bytes: Uint8Array | undefined;

  constructor(contexts: Pick<ContextManager, 'active'>) {
    this.#contexts = contexts;
  }

  /** The bytes for the span that is current now, or `undefined` where there is none. */
  current(): Uint8Array | undefined {
    const span = spanOf(this.#contexts.active());
    if (span === undefined) return undefined;
    const { traceId, spanId, traceFlags } = span.spanContext();
    if (spanId === this.#spanId && traceId === this.#traceId && traceFlags === this.#flags) {
      return this.#bytes;
    }
    this.#traceId = traceId;
    this.#spanId = spanId;
    this.#flags = traceFlags;
    this.#bytes =
      isValid(traceId, 32) && isValid(spanId, 16) ? encode(traceId, spanId, traceFlags) : undefined;
    return this.#bytes;
  }
}

function isValid(id: unknown, length: number): boolean {
  return typeof id === 'string' && id.length === length && id !== '0'.repeat(length);
}

function encode(traceId: string, spanId: string, flags: number): Uint8Array {
  const hex = (flags & 0xff).toString(16).padStart(2, '0');
  return Buffer.from(`,"trace_id":${quote(traceId)},"span_id":${quote(spanId)},"trace_flags":"${hex}"`);
}
