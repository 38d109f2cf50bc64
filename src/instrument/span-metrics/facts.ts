import type { Span } from '@opentelemetry/api';
import type { ReadableSpan } from '../../trace/readable-span.js';

/** By OpenTelemetry's numbers, in the words of its protocol. */
export const KIND_NAMES = [
  'SPAN_KIND_INTERNAL',
  'SPAN_KIND_SERVER',
  'SPAN_KIND_CLIENT',
  'SPAN_KIND_PRODUCER',
  'SPAN_KIND_CONSUMER',
];
export const STATUS_NAMES = ['STATUS_CODE_UNSET', 'STATUS_CODE_OK', 'STATUS_CODE_ERROR'];

export const SERVER = 1;
export const CLIENT = 2;
export const PRODUCER = 3;
export const CONSUMER = 4;
export const ERROR = 2;

export function serviceOf(span: ReadableSpan): string {
  return String(span.resource.attributes['service.name'] ?? 'unknown_service');
}

export function secondsOf(span: ReadableSpan): number {
  const [seconds, nanoseconds] = span.duration;
  return seconds + nanoseconds / 1e9;
}

/** A finished span as the context takes it: whoever looks there for an exemplar asks for its ids only. */
export function spanOfExemplar(span: ReadableSpan): Span {
  return span as ReadableSpan & Span;
}
