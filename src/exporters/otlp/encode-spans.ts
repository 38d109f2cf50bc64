import type { SpanContext } from '@opentelemetry/api';
import type { ReadableSpan, TimedEvent } from '../../trace/readable-span.js';
import { encodeAttributes, encodeFlatAttributes } from './any-value.js';
import { encodeBatch } from './encode-batch.js';
import type { OtlpWriter } from './otlp-writer.js';

const NAMES = { resource: 'resourceSpans', scope: 'scopeSpans', record: 'spans' };

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
export function encodeSpans(writer: OtlpWriter, spans: readonly ReadableSpan[]): number {
  return encodeBatch(writer, NAMES, spans, encodeSpan);
}

function encodeSpan(writer: OtlpWriter, span: ReadableSpan): void {
  const context = span.spanContext();
  const parent = span.parentSpanContext;
  writer.id(1, 'traceId', context.traceId);
  writer.id(2, 'spanId', context.spanId);
  writer.string(3, 'traceState', context.traceState?.serialize() ?? '');
  if (parent !== undefined) writer.id(4, 'parentSpanId', parent.spanId);
  writer.fixed32(16, 'flags', flagsOf(context, parent));
  writer.string(5, 'name', String(span.name));
  writer.uint32(6, 'kind', span.kind + 1);
  writer.time(7, 'startTimeUnixNano', span.startTime);
  writer.time(8, 'endTimeUnixNano', span.endTime);
  const { flat, used } = span as FlatSpan;
  if (Array.isArray(flat) && used !== undefined) encodeFlatAttributes(writer, 9, 'attributes', flat, used);
  else encodeAttributes(writer, 9, 'attributes', span.attributes);
  writer.uint32(10, 'droppedAttributesCount', span.droppedAttributesCount);
  const events = span.events;
  for (let i = 0; i < events.length; i++) encodeEvent(writer, events[i]!);
  writer.uint32(12, 'droppedEventsCount', span.droppedEventsCount);
  const links = span.links;
  for (let i = 0; i < links.length; i++) {
    const link = links[i]!;
    const mark = writer.begin(13, 'links');
    writer.id(1, 'traceId', link.context.traceId);
    writer.id(2, 'spanId', link.context.spanId);
    writer.string(3, 'traceState', link.context.traceState?.serialize() ?? '');
    encodeAttributes(writer, 4, 'attributes', link.attributes);
    writer.uint32(5, 'droppedAttributesCount', link.droppedAttributesCount ?? 0);
    writer.fixed32(6, 'flags', flagsOf(link.context, link.context));
    writer.endItem('links', mark);
  }
  writer.uint32(14, 'droppedLinksCount', span.droppedLinksCount);
  const status = span.status;
  if (status.code !== 0 || status.message) {
    const mark = writer.begin(15, 'status');
    writer.string(2, 'message', status.message ?? '');
    writer.uint32(3, 'code', status.code);
    writer.end('status', mark);
  }
}

function encodeEvent(writer: OtlpWriter, event: TimedEvent): void {
  const mark = writer.begin(11, 'events');
  writer.time(1, 'timeUnixNano', event.time);
  writer.string(2, 'name', event.name);
  encodeAttributes(writer, 3, 'attributes', event.attributes);
  writer.uint32(4, 'droppedAttributesCount', event.droppedAttributesCount ?? 0);
  writer.endItem('events', mark);
}

/** The trace flags of one context, and whether another, to which the span points, is remote. */
function flagsOf(context: SpanContext, other: SpanContext | undefined): number {
  return (context.traceFlags & 0xff) | HAS_IS_REMOTE | (other?.isRemote ? IS_REMOTE : 0);
}
