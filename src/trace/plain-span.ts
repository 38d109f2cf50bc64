import type { ReadableSpan } from './readable-span.js';

const SHOWN = [
  'name',
  'kind',
  'parentSpanContext',
  'startTime',
  'endTime',
  'duration',
  'ended',
  'status',
  'attributes',
  'events',
  'links',
  'droppedAttributesCount',
  'droppedEventsCount',
  'droppedLinksCount',
  'instrumentationScope',
] as const;

/** A span as a plain object, for `console.log`, `JSON.stringify` and the messages of failing tests. */
export function plainSpan(span: ReadableSpan): Record<string, unknown> {
  const plain: Record<string, unknown> = { spanContext: span.spanContext() };
  for (const key of SHOWN) plain[key] = span[key];
  plain.resource = span.resource.attributes;
  return plain;
}
