import { types } from 'node:util';
import type { AttributeValue, HrTime } from '@opentelemetry/api';
import type { Clock } from '../common/clock.js';
import { hexOfSpan } from './ids.js';
import { OwnSpan } from './own-span.js';
import type { ReadableSpan } from './readable-span.js';
import { RecordingSpan } from './span.js';
import type { SpanDetails } from './span-details.js';
import { sizeOf } from './value-size.js';

/** The trace flags of a span; telltale's own need no `SpanContext` for it. */
export function spanFlags(span: ReadableSpan): number {
  return span instanceof OwnSpan ? span.flags : span.spanContext().traceFlags;
}

/** The id of a span's trace, 32 hex digits. The spans of a trace share the text; a `SpanContext` each is not made. */
export function traceIdOf(span: ReadableSpan): string {
  return span instanceof OwnSpan ? span.trace().hex : span.spanContext().traceId;
}

/** The id of a span, 16 hex digits. */
export function spanIdOf(span: ReadableSpan): string {
  if (!(span instanceof OwnSpan)) return span.spanContext().spanId;
  return span.known?.spanId ?? hexOfSpan(span.spanHigh, span.spanLow);
}

/** The id of a span's parent; `undefined` where it has none. */
export function parentIdOf(span: ReadableSpan): string | undefined {
  if (!(span instanceof RecordingSpan)) return span.parentSpanContext?.spanId;
  if (span.parent !== undefined) return span.parent.spanId;
  return span.parentHigh === 0 ? undefined : hexOfSpan(span.parentHigh, span.parentLow);
}

/** Whether a span is the one that its trace began with in this process. */
export function isLocalRoot(span: ReadableSpan): boolean {
  if (span instanceof RecordingSpan) return isOwnLocalRoot(span);
  const parent = span.parentSpanContext;
  return parent === undefined || parent.isRemote === true;
}

export function isOwnLocalRoot(span: RecordingSpan): boolean {
  return span.parent === undefined ? span.parentHigh === 0 : span.parent.isRemote === true;
}

/** One attribute of a span; the object of all of them is not made. */
export function attributeOf(span: ReadableSpan, key: string): AttributeValue | undefined {
  if (!(span instanceof RecordingSpan)) return span.attributes[key];
  for (let i = 0; i < span.used; i += 2)
    if (span.flat![i] === key) return span.flat![i + 1] as AttributeValue;
  return undefined;
}

/** When a span began, milliseconds since the Unix epoch, with a fraction. */
export function startOf(span: ReadableSpan): number {
  return span instanceof RecordingSpan ? ownStartOf(span) : millisecondsOf(span.startTime);
}

/** When a span ended, milliseconds since the Unix epoch, with a fraction. */
export function endOf(span: ReadableSpan): number {
  return span instanceof RecordingSpan ? ownEndOf(span) : millisecondsOf(span.endTime);
}

export function ownStartOf(span: RecordingSpan): number {
  return typeof span.start === 'number' ? wallOf(span, span.start) : millisecondsOf(span.startTime);
}

export function ownEndOf(span: RecordingSpan): number {
  return typeof span.stop === 'number' ? wallOf(span, span.stop) : millisecondsOf(span.endTime);
}

/** What this clock said when the span ended, where that was so: the span is telltale's, and was given no time. */
export function stopOf(span: ReadableSpan, clock: Clock): number | undefined {
  const own = span instanceof RecordingSpan && span.home.clock === clock && typeof span.stop === 'number';
  return own ? (span.stop as number) : undefined;
}

function wallOf(span: RecordingSpan, moment: number): number {
  const { wall, monotonic } = span.identity.anchor!;
  return wall + (moment - monotonic);
}

function millisecondsOf([seconds, nanoseconds]: HrTime): number {
  return seconds * 1000 + nanoseconds / 1e6;
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
  return span instanceof RecordingSpan ? ownSpanSize(span) : 2 * SPAN_BYTES;
}

export function ownSpanSize(span: RecordingSpan): number {
  const bytes = SPAN_BYTES + span.held;
  return span.details === undefined ? bytes : bytes + sizeOfDetails(span.details);
}

function sizeOfDetails({ events, links }: SpanDetails): number {
  let bytes = ITEM_BYTES * (events.length + links.length);
  for (const { attributes } of events) for (const key in attributes) bytes += sizeOf(attributes[key]);
  for (const { attributes } of links) for (const key in attributes) bytes += sizeOf(attributes[key]);
  return bytes;
}
