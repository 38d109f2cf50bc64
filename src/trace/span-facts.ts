import { OwnSpan } from './own-span.js';
import type { ReadableSpan } from './readable-span.js';
import { RecordingSpan } from './span.js';

/** The trace flags of a span; telltale's own need no `SpanContext` for it. */
export function spanFlags(span: ReadableSpan): number {
  return span instanceof OwnSpan ? span.flags : span.spanContext().traceFlags;
}

/**
 * The attributes of a span as a flat list, `[key, value, key, value, …]`, in the order they were set: the way
 * for encoders that go straight to bytes. `undefined` where the object form must be read: on spans of others,
 * and on one whose `attributes` somebody was given after its end and may have changed.
 *
 * Only the first `count` places of `list` are attributes.
 */
export function flatAttributes(span: ReadableSpan): { list: readonly unknown[]; count: number } | undefined {
  if (!(span instanceof RecordingSpan) || span.attributesRead !== undefined) return undefined;
  return { list: span.flat ?? [], count: span.used };
}

/** Bytes that a span with a few short attributes takes in memory. */
const SPAN_BYTES = 500;

/** Roughly how many bytes a span holds on to, for the bound of a queue: its strings are what can be large. */
export function spanSize(span: ReadableSpan): number {
  if (!(span instanceof RecordingSpan)) return 2 * SPAN_BYTES;
  let bytes = SPAN_BYTES;
  const flat = span.flat;
  for (let i = 1; i < span.used; i += 2) {
    const value = flat![i];
    if (typeof value === 'string') bytes += value.length;
    else if (typeof value === 'object') bytes += sizeOfArray(value as unknown[]);
  }
  return span.details === undefined ? bytes : bytes + span.details.size;
}

function sizeOfArray(array: unknown[]): number {
  let bytes = 8 * array.length;
  for (const element of array) if (typeof element === 'string') bytes += element.length;
  return bytes;
}
