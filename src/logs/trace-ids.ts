import type { SpanContext } from '@opentelemetry/api';

const VALID = /^(?!0{32})[\da-f]{32},(?!0{16})[\da-f]{16}$/;

/**
 * Says the ids of a span as `,"trace_id":"…","span_id":"…","trace_flags":"01"`, named as in OpenTelemetry's
 * "Trace Context in non-OTLP Log Formats", or nothing where they are not valid. The last bytes are kept: a span
 * tends to log more than once. Only strings are kept, never the span.
 */
export function traceIds(): (spanContext: SpanContext) => Uint8Array | undefined {
  let lastTrace = '';
  let lastSpan = '';
  let lastFlags = 0;
  let bytes: Uint8Array | undefined;
  return ({ traceId, spanId, traceFlags }) => {
    if (spanId !== lastSpan || traceId !== lastTrace || traceFlags !== lastFlags) {
      lastTrace = traceId;
      lastSpan = spanId;
      lastFlags = traceFlags;
      const flags = (traceFlags & 255).toString(16).padStart(2, '0');
      bytes = VALID.test(`${traceId},${spanId}`)
        ? Buffer.from(`,"trace_id":"${traceId}","span_id":"${spanId}","trace_flags":"${flags}"`, 'latin1')
        : undefined;
    }
    return bytes;
  };
}
