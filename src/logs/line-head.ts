import type { SpanContext } from '@opentelemetry/api';

/**
 * The bytes that begin the lines of each level: `{"time":"2026-11-21T20:30:00.123Z","level":"info","msg":`.
 * They are kept as long as the clock stands: one millisecond of a busy process holds many lines.
 */
export function linePrefixes(
  isIso: boolean,
  levels: readonly unknown[],
): (now: number, index: number) => Uint8Array {
  let last: number | undefined;
  let kept: Uint8Array[] = [];
  return (now, index) => {
    if (now !== last) kept = [];
    last = now;
    kept[index] ??= make(now, index);
    return kept[index];
  };

  function make(now: number, index: number): Uint8Array {
    // What no date can say is its first moment, whatever clock was handed in.
    const date = new Date(+new Date(now) || 0);
    const time = JSON.stringify(isIso ? date : +date);
    return Buffer.from(`{"time":${time},"level":${JSON.stringify(levels[index])},"msg":`);
  }
}

const TRACE_AT = 13;
const SPAN_AT = 58;
const FLAGS_AT = 91;

/**
 * Says the ids of a span as `,"trace_id":"…","span_id":"…","trace_flags":"01"`, named as in OpenTelemetry's
 * "Trace Context in non-OTLP Log Formats", or nothing where they are not valid. The last bytes are kept: a span
 * tends to log more than once, and its context is one object.
 */
export function traceIds(): (spanContext: SpanContext) => Uint8Array | undefined {
  const bytes = Buffer.from(
    `,"trace_id":"${'0'.repeat(32)}","span_id":"${'0'.repeat(16)}","trace_flags":"00"`,
  );
  let last: SpanContext | undefined;
  let isValid = false;
  return (spanContext) => {
    if (spanContext !== last) {
      last = spanContext;
      const { traceId, spanId, traceFlags } = spanContext;
      isValid = put(TRACE_AT, traceId, 32) && put(SPAN_AT, spanId, 16);
      put(FLAGS_AT, (traceFlags | 256).toString(16).slice(-2), 2);
    }
    return isValid ? bytes : undefined;
  };

  /** Whether the id is valid: lower-case hex of the right length, and not all zeros. */
  function put(at: number, id: string, length: number): boolean {
    let ones = 0;
    for (let i = 0; i < length; i++) {
      const unit = id.charCodeAt(i);
      if (!((unit >= 0x30 && unit <= 0x39) || (unit >= 0x61 && unit <= 0x66))) return false;
      ones |= unit - 0x30;
      bytes[at + i] = unit;
    }
    return ones !== 0 && id.length === length;
  }
}
