import type { Attributes, HrTime, SpanContext } from '@opentelemetry/api';
import type { AnyValue, ReadableLogRecord } from 'telltale/logs';
import type { ReadableSpan } from 'telltale/trace';

/** The part of OTLP's JSON mapping that the demo reads: https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding */
interface Value {
  stringValue?: string;
  boolValue?: boolean;
  intValue?: string | number;
  doubleValue?: number;
  arrayValue?: { values?: Value[] };
  kvlistValue?: { values?: KeyValue[] };
}

interface KeyValue {
  key: string;
  value?: Value;
}

interface Scope {
  name?: string;
  version?: string;
}

export interface TraceRequest {
  resourceSpans?: {
    resource?: { attributes?: KeyValue[] };
    scopeSpans?: { scope?: Scope; spans?: SpanMessage[] }[];
  }[];
}

interface SpanMessage {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  flags?: number;
  name: string;
  kind?: number;
  startTimeUnixNano: string;
  endTimeUnixNano: string;
  attributes?: KeyValue[];
  events?: { timeUnixNano: string; name: string; attributes?: KeyValue[] }[];
  status?: { code?: number; message?: string };
}

export interface LogsRequest {
  resourceLogs?: {
    resource?: { attributes?: KeyValue[] };
    scopeLogs?: { scope?: Scope; logRecords?: LogMessage[] }[];
  }[];
}

interface LogMessage {
  timeUnixNano?: string;
  observedTimeUnixNano?: string;
  severityNumber?: number;
  severityText?: string;
  body?: Value;
  attributes?: KeyValue[];
  traceId?: string;
  spanId?: string;
  flags?: number;
}

export function* readSpans(request: TraceRequest): Iterable<ReadableSpan> {
  for (const { resource, scopeSpans = [] } of request.resourceSpans ?? []) {
    const shared = resourceOf(resource?.attributes);
    for (const { scope, spans = [] } of scopeSpans) {
      for (const span of spans)
        yield { ...readSpan(span), resource: shared, instrumentationScope: scopeOf(scope) };
    }
  }
}

export function* readLogs(request: LogsRequest): Iterable<ReadableLogRecord> {
  for (const { resource, scopeLogs = [] } of request.resourceLogs ?? []) {
    const shared = resourceOf(resource?.attributes);
    for (const { scope, logRecords = [] } of scopeLogs) {
      for (const record of logRecords) {
        yield { ...readLog(record), resource: shared, instrumentationScope: scopeOf(scope) };
      }
    }
  }
}

function readSpan(span: SpanMessage): Omit<ReadableSpan, 'resource' | 'instrumentationScope'> {
  const context = spanContext(span.traceId, span.spanId, span.flags);
  const startTime = hrTime(span.startTimeUnixNano);
  const endTime = hrTime(span.endTimeUnixNano);
  return {
    name: span.name,
    // OTLP counts kinds from 1 (0 is "unspecified"), the API from 0.
    kind: Math.max(0, (span.kind ?? 1) - 1),
    spanContext: () => context,
    ...(span.parentSpanId
      ? { parentSpanContext: spanContext(span.traceId, span.parentSpanId, span.flags) }
      : {}),
    startTime,
    endTime,
    duration: difference(startTime, endTime),
    status: {
      code: span.status?.code ?? 0,
      ...(span.status?.message ? { message: span.status.message } : {}),
    },
    attributes: attributesOf<Attributes>(span.attributes),
    links: [],
    events: (span.events ?? []).map((event) => ({
      time: hrTime(event.timeUnixNano),
      name: event.name,
      attributes: attributesOf<Attributes>(event.attributes),
    })),
    ended: true,
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  };
}

function readLog(record: LogMessage): Omit<ReadableLogRecord, 'resource' | 'instrumentationScope'> {
  return {
    hrTime: hrTime(record.timeUnixNano ?? '0'),
    hrTimeObserved: hrTime(record.observedTimeUnixNano ?? '0'),
    ...(record.traceId
      ? { spanContext: spanContext(record.traceId, record.spanId ?? '', record.flags) }
      : {}),
    ...(record.severityText === undefined ? {} : { severityText: record.severityText }),
    ...(record.severityNumber === undefined ? {} : { severityNumber: record.severityNumber }),
    body: readValue(record.body),
    attributes: attributesOf(record.attributes),
    droppedAttributesCount: 0,
  };
}

function spanContext(traceId: string, spanId: string, flags: number | undefined): SpanContext {
  return { traceId, spanId, traceFlags: (flags ?? 1) & 0xff };
}

function resourceOf(attributes: KeyValue[] | undefined): ReadableSpan['resource'] {
  const own = attributesOf<Attributes>(attributes);
  return {
    attributes: own,
    merge: () => resourceOf(attributes),
    getRawAttributes: () => Object.entries(own),
  };
}

function scopeOf(scope: Scope | undefined): { name: string; version?: string } {
  return { name: scope?.name ?? '', ...(scope?.version ? { version: scope.version } : {}) };
}

function attributesOf<T extends Record<string, unknown>>(pairs: KeyValue[] | undefined): T {
  return Object.fromEntries((pairs ?? []).map(({ key, value }) => [key, readValue(value)])) as T;
}

function readValue(value: Value | undefined): AnyValue {
  if (value === undefined) return undefined;
  if (value.arrayValue) return (value.arrayValue.values ?? []).map(readValue);
  if (value.kvlistValue) return attributesOf<Record<string, AnyValue>>(value.kvlistValue.values);
  if (value.intValue !== undefined) return Number(value.intValue);
  return value.stringValue ?? value.boolValue ?? value.doubleValue;
}

/** Nanoseconds since the epoch, as the string that JSON carries, in seconds and nanoseconds. */
function hrTime(nanoseconds: string): HrTime {
  const padded = nanoseconds.padStart(10, '0');
  return [Number(padded.slice(0, -9)), Number(padded.slice(-9))];
}

function difference([s1, n1]: HrTime, [s2, n2]: HrTime): HrTime {
  return n2 >= n1 ? [s2 - s1, n2 - n1] : [s2 - s1 - 1, n2 - n1 + 1e9];
}
