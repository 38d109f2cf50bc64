import type { SpanContext } from '@opentelemetry/api';
import type { ReadableSpan } from '../../trace/readable-span.js';
import { encodeAttributes, encodeFlatAttributes } from './any-value.js';
import { encodeBatch } from './encode-batch.js';
import type { ProtobufWriter } from './protobuf-writer.js';

/** Bits 8 and 9 of `flags`: whether it is known that the parent is remote, and whether it is. */
const HAS_IS_REMOTE = 0x100;
const IS_REMOTE = 0x200;

/** Telltale's own spans keep their attributes as one list; reading it saves the object that others give. */
interface FlatSpan {
  readonly flat?: readonly unknown[];
  readonly used?: number;
}

/**
 * Writes an `ExportTraceServiceRequest`; gives the number of spans that could not be read.
 *
 * Schema: opentelemetry/proto/trace/v1/trace.proto
 */
export function encodeSpans(writer: ProtobufWriter, spans: readonly ReadableSpan[]): number {
  return encodeBatch(writer, spans, encodeSpan);
}

function encodeSpan(writer: ProtobufWriter, span: ReadableSpan): void {
  const parent = span.parentSpanContext;
  encodeContext(writer, span.spanContext(), 16, parent);
  if (parent !== undefined) writer.id(4, parent.spanId);
  writer.string(5, span.name);
  writer.uint32(6, span.kind + 1);
  writer.time(7, span.startTime);
  writer.time(8, span.endTime);
  const { flat, used } = span as FlatSpan;
  if (Array.isArray(flat) && used !== undefined) encodeFlatAttributes(writer, 9, flat, used);
  else encodeAttributes(writer, 9, span.attributes);
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
