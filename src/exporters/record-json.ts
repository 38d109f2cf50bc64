import type { HrTime } from '@opentelemetry/api';
import type { AnyValue, ReadableLogRecord } from '../logs/readable-log-record.js';
import { stringify } from '../logs/stringify.js';

/** A log record as the plain object that a line of JSON shows. */
export interface PlainRecord {
  time: string;
  level: string;
  msg: string;
  trace_id?: string;
  span_id?: string;
  trace_flags?: string;
  [field: string]: unknown;
}

/**
 * The record as a line has it: time, level, message, trace ids, then the attributes. An attribute named like one
 * of these gets an underscore at its end. Parts that cannot be read are left out.
 */
export function plainRecord(record: ReadableLogRecord): PlainRecord {
  const plain: PlainRecord = { time: isoTime(record), level: levelOf(record), msg: messageOf(record) };
  if (record.eventName) plain.event = record.eventName;
  const context = record.spanContext;
  if (context !== undefined) {
    plain.trace_id = context.traceId;
    plain.span_id = context.spanId;
    plain.trace_flags = (context.traceFlags | 256).toString(16).slice(-2);
  }
  for (const key of Object.keys(record.attributes ?? {})) {
    let name = key;
    while (Object.hasOwn(plain, name)) name += '_';
    Object.defineProperty(plain, name, {
      value: record.attributes[key],
      enumerable: true,
      writable: true,
      configurable: true,
    });
  }
  return plain;
}

/** `time` of the record, or the time at which it was seen where it has none. */
export function timeOf(record: ReadableLogRecord): HrTime {
  const { hrTime, hrTimeObserved } = record;
  if (isTime(hrTime)) return hrTime;
  return isTime(hrTimeObserved) ? hrTimeObserved : [0, 0];
}

function isTime(time: HrTime): boolean {
  return time[0] >= 0 && time[1] >= 0 && time[0] + time[1] > 0 && time[0] < 1e12;
}

/** Milliseconds are enough where the clock has no finer ones; nanoseconds follow where there are any. */
export function isoTime(record: ReadableLogRecord): string {
  const [seconds, nanoseconds] = timeOf(record);
  const milliseconds = Math.floor(nanoseconds / 1e6);
  const date = new Date(seconds * 1000 + milliseconds);
  if (Number.isNaN(date.getTime())) return new Date(0).toISOString();
  const rest = Math.round(nanoseconds - milliseconds * 1e6);
  const text = date.toISOString();
  return rest === 0 ? text : `${text.slice(0, -1)}${String(rest).padStart(6, '0')}Z`;
}

const SEVERITIES = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const;

/** The level in lower case, from its text, else from its number; `unknown` without either. */
export function levelOf({ severityText, severityNumber }: ReadableLogRecord): string {
  if (typeof severityText === 'string' && severityText !== '') return severityText.toLowerCase();
  return severityOf(severityNumber) ?? 'unknown';
}

/** OpenTelemetry's severity number, 1 to 24, as one of six levels. */
export function severityOf(severityNumber: number | undefined): (typeof SEVERITIES)[number] | undefined {
  return severityNumber === undefined ? undefined : SEVERITIES[Math.floor((severityNumber - 1) / 4)];
}

export function messageOf({ body }: ReadableLogRecord): string {
  return body === undefined || body === null ? '' : textOf(body);
}

/** A value as text: strings as they are, all else as JSON. */
export function textOf(value: AnyValue): string {
  return typeof value === 'string' ? value : stringify(value);
}
