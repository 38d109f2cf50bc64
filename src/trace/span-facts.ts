import { types } from 'node:util';
import { OwnSpan } from './own-span.js';
import type { ReadableSpan } from './readable-span.js';
import { RecordingSpan } from './span.js';
import type { SpanDetails } from './span-details.js';
import { sizeOf } from './value-size.js';

/** The trace flags of a span; telltale's own need no `SpanContext` for it. */
export function spanFlags(span: ReadableSpan): number {
  return span instanceof OwnSpan ? span.flags : span.spanContext().traceFlags;
}

/**
 * A span as the recording span of telltale's that it is, so that an encoder may read its fields. `undefined` for
 * spans of others and for what wraps one of telltale's (a proxy, an object that inherits from it or was given
 * `attributes` of its own): a processor may have made it say other things than the fields do.
 */
export function recordingSpan(span: ReadableSpan): RecordingSpan | undefined {
  const genuine =
    Object.getPrototypeOf(span) === RecordingSpan.prototype &&
    !types.isProxy(span) &&
    !Object.hasOwn(span, 'attributes');
  return genuine ? (span as RecordingSpan) : undefined;
}

/**
 * The attributes of a span as a flat list, `[key, value, key, value, …]`, in the order they were set: the way
 * for encoders that go straight to bytes. `undefined` where the object form must be read: on spans of others,
 * and on one whose `attributes` somebody was given after its end and may have changed.
 *
 * Only the first `count` places of `list` are attributes.
 */
export function flatAttributes(span: ReadableSpan): { list: readonly unknown[]; count: number } | undefined {
  const own = recordingSpan(span);
  if (own === undefined || own.attributesRead !== undefined) return undefined;
  return { list: own.flat ?? [], count: own.used };
}

/** Bytes that a span with a few short attributes takes in memory. */
const SPAN_BYTES = 500;
/** The same of an event or a link. */
const ITEM_BYTES = 200;

/** Roughly how many bytes a span holds on to, for the bound of a queue: its strings are what can be large. */
export function spanSize(span: ReadableSpan): number {
  if (!(span instanceof RecordingSpan)) return 2 * SPAN_BYTES;
  const bytes = SPAN_BYTES + span.held;
  return span.details === undefined ? bytes : bytes + sizeOfDetails(span.details);
}

function sizeOfDetails({ events, links }: SpanDetails): number {
  let bytes = ITEM_BYTES * (events.length + links.length);
  for (const { attributes } of events) for (const key in attributes) bytes += sizeOf(attributes[key]);
  for (const { attributes } of links) for (const key in attributes) bytes += sizeOf(attributes[key]);
  return bytes;
}
