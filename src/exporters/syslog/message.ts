import type { LogAttributes, ReadableLogRecord } from '../../logs/readable-log-record.js';
import { stringify } from '../../logs/stringify.js';
import { isoTime, messageOf, plainRecord, severityOf, textOf } from '../record-json.js';
import { FACILITY_NAMES, type SyslogFacility, severityNumber } from './facility.js';

export interface SyslogMessageOptions {
  facility: SyslogFacility;
  hostname: string | undefined;
  appName: string | undefined;
  /** `name@number` of the structured data. */
  sdId: string;
  message: 'text' | 'json';
  maxBytes: number;
  /** Line feeds end a message in this framing, and so must not stand within it. */
  oneLine: boolean;
}

/** Says that what follows is UTF-8, RFC 5424, 6.4. */
const BOM = '\ufeff';

/** A message as RFC 5424 has it, at most `maxBytes` long: first fields are left out, then the text is cut. */
export function syslogMessage(record: ReadableLogRecord, options: SyslogMessageOptions): Buffer {
  const { facility, maxBytes, sdId, oneLine } = options;
  const resource = (record.resource?.attributes ?? {}) as LogAttributes;
  const level = severityOf(record.severityNumber);
  const priority = FACILITY_NAMES.indexOf(facility) * 8 + severityNumber(level);
  const head = [
    `<${priority}>1`,
    microseconds(isoTime(record)),
    name(options.hostname ?? resource['host.name'], 255),
    name(options.appName ?? resource['service.name'], 48),
    name(resource['process.pid'], 128),
    name(record.eventName, 32),
  ].join(' ');
  const isJson = options.message === 'json';
  let text = isJson ? stringify(plainRecord(record)) : messageOf(record);
  if (oneLine) text = text.replaceAll('\n', '#012');
  const body = Buffer.from(` ${BOM}${text}`);
  const room = maxBytes - Buffer.byteLength(head) - 1;
  const data = isJson ? '-' : structuredData(record, sdId, room - Math.min(body.length, room >> 1), oneLine);
  const whole = Buffer.concat([Buffer.from(`${head} ${data}`), body]);
  return whole.length <= maxBytes ? whole : cut(whole, maxBytes);
}

/** RFC 5424 takes six digits of a second at most. */
function microseconds(time: string): string {
  return time.replace(/(\.\d{6})\d+Z$/, '$1Z');
}

/** A name of the header: printable ASCII without spaces, or `-` for none. */
function name(value: unknown, maxLength: number): string {
  const text = String(value ?? '').replace(/[^\x21-\x7e]/g, '_');
  return text === '' ? '-' : text.slice(0, maxLength);
}

/** `[fields@32473 trace_id="…" orderId="7"]`, as many of them as there is room for. */
function structuredData(record: ReadableLogRecord, sdId: string, room: number, oneLine: boolean): string {
  const taken = new Set<string>();
  let text = '';
  let left = room - Buffer.byteLength(sdId) - 2;
  const put = (key: string, value: string): void => {
    const param = key.replace(/[^\x21-\x7e]|[="\]]/g, '_').slice(0, 32) || '_';
    const safe = oneLine ? value.replaceAll('\n', '#012') : value;
    const pair = ` ${param}="${safe.replace(/["\\\]]/g, '\\$&')}"`;
    left -= Buffer.byteLength(pair);
    if (left < 0 || taken.has(param)) return;
    taken.add(param);
    text += pair;
  };
  const { spanContext, attributes } = record;
  if (spanContext !== undefined) {
    put('trace_id', spanContext.traceId);
    put('span_id', spanContext.spanId);
  }
  for (const key of Object.keys(attributes ?? {})) {
    const value = attributes[key];
    if (value !== undefined && value !== null) put(key, textOf(value));
  }
  return text === '' ? '-' : `[${sdId}${text}]`;
}

/** The first bytes, never ending within a character. */
function cut(bytes: Buffer, length: number): Buffer {
  let end = length;
  while (end > 0 && (bytes[end]! & 0xc0) === 0x80) end--;
  return bytes.subarray(0, end);
}
