import type { SpanContext } from '@opentelemetry/api';
import type { ReadableSpan } from '../../trace/readable-span.js';
import type { RecordingSpan } from '../../trace/span.js';
import { recordingSpan } from '../../trace/span-facts.js';
import { encodeAttributes, encodeFlatAttributes } from './any-value.js';
import { encodeBatch } from './encode-batch.js';
import type { ProtobufWriter } from './protobuf-writer.js';

/** Bits 8 and 9 of `flags`: whether it is known that the parent is remote, and whether it is. */
const HAS_IS_REMOTE = 0x100;
const IS_REMOTE = 0x200;

/**
 * Writes an `ExportTraceServiceRequest`; gives the number of spans that could not be read.
 *
 * Schema: opentelemetry/proto/trace/v1/trace.proto
 */
export function encodeSpans(writer: ProtobufWriter, spans: readonly ReadableSpan[]): number {
  return encodeBatch(writer, spans, encodeSpan);
}

function encodeSpan(writer: ProtobufWriter, span: ReadableSpan): void {
  const own = recordingSpan(span);
  if (own === undefined || !encodeOwnContext(writer, own)) {
    const parent = span.parentSpanContext;
    encodeContext(writer, span.spanContext(), 16, parent);
    if (parent !== undefined) writer.id(4, parent.spanId);
  }
  writer.string(5, span.name);
  writer.uint32(6, span.kind + 1);
  writer.time(7, span.startTime);
  writer.time(8, span.endTime);
  // Of telltale's own spans the list is read that they keep; but not where a processor has had the attributes as an
  // object, which it may have changed.
  if (own !== undefined && own.attributesRead === undefined) {
    if (own.flat !== undefined) encodeFlatAttributes(writer, 9, own.flat, own.used);
  } else {
    encodeAttributes(writer, 9, span.attributes);
  }
  writer.uint32(10, span.droppedAttributesCount);
  const events = span.events;
  for (let i = 0; i < events.length; i++) {
    const event = events[i]!;
    const mark = writer.begin(11);
    writer.time(1, event.time);
    writer.string(2, event.name);
    encodeAttributes(writer, 3, event.attributes);
    writer.uint32(4, event.droppedAttributesCount);
    writer.end(mark);
  }
  writer.uint32(12, span.droppedEventsCount);
  const links = span.links;
  for (let i = 0; i < links.length; i++) {
    const link = links[i]!;
    const mark = writer.begin(13);
    encodeContext(writer, link.context, 6, link.context);
    encodeAttributes(writer, 4, link.attributes);
    writer.uint32(5, link.droppedAttributesCount);
    writer.end(mark);
  }
  writer.uint32(14, span.droppedLinksCount);
  const status = span.status;
  if (status.code !== 0 || status.message) {
    const mark = writer.begin(15);
    writer.string(2, status.message);
    writer.uint32(3, status.code);
    writer.end(mark);
  }
}

/**
 * The same for a span of telltale's whose ids were drawn here, straight from their words: the ids as text and the
 * objects around them would be a quarter of the work. False where an id came as text.
 */
function encodeOwnContext(writer: ProtobufWriter, span: RecordingSpan): boolean {
  const { identity, spanHigh, spanLow, parentHigh, parent } = span;
  const { word0, word1, word2, word3 } = identity;
  // Of a trace id that came as text the first words are 0.
  if (spanHigh === 0 || (word0 === 0 && word1 === 0)) return false;
  writer.words(1, word0, word1, word2, word3);
  writer.words(2, spanHigh, spanLow);
  writer.string(3, span.traceState?.serialize());
  const remote = parent?.isRemote ? IS_REMOTE : 0;
  writer.fixed32(16, (span.flags & 0xff) | HAS_IS_REMOTE | remote);
  if (parent !== undefined) writer.id(4, parent.spanId);
  else if (parentHigh !== 0) writer.words(4, parentHigh, span.parentLow);
  return true;
}

/** Ids, state and flags, which spans and links both begin with; `other` is the context that is pointed to. */
function encodeContext(
  writer: ProtobufWriter,
  context: SpanContext,
  flags: 6 | 16,
  other: SpanContext | undefined,
): void {
  writer.id(1, context.traceId);
  writer.id(2, context.spanId);
  writer.string(3, context.traceState?.serialize());
  writer.fixed32(flags, (context.traceFlags & 0xff) | HAS_IS_REMOTE | (other?.isRemote ? IS_REMOTE : 0));
}
