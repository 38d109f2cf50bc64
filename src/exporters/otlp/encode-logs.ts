import type { ReadableLogRecord } from '../../logs/readable-log-record.js';
import { encodeAnyValueField, encodeAttributes } from './any-value.js';
import { encodeBatch } from './encode-batch.js';
import type { OtlpWriter } from './otlp-writer.js';

const NAMES = { resource: 'resourceLogs', scope: 'scopeLogs', record: 'logRecords' };

/**
 * Writes an `ExportLogsServiceRequest`; gives the number of records that could not be read.
 *
 * Schema: opentelemetry/proto/logs/v1/logs.proto
 */
export function encodeLogs(writer: OtlpWriter, records: readonly ReadableLogRecord[]): number {
  return encodeBatch(writer, NAMES, records, encodeLog);
}

function encodeLog(writer: OtlpWriter, record: ReadableLogRecord): void {
  writer.time(1, 'timeUnixNano', record.hrTime);
  writer.time(11, 'observedTimeUnixNano', record.hrTimeObserved);
  writer.uint32(2, 'severityNumber', record.severityNumber ?? 0);
  writer.string(3, 'severityText', record.severityText ?? '');
  if (record.body !== undefined) encodeAnyValueField(writer, 5, 'body', record.body);
  encodeAttributes(writer, 6, 'attributes', record.attributes);
  writer.uint32(7, 'droppedAttributesCount', record.droppedAttributesCount);
  const context = record.spanContext;
  if (context !== undefined) {
    writer.fixed32(8, 'flags', context.traceFlags & 0xff);
    writer.id(9, 'traceId', context.traceId);
    writer.id(10, 'spanId', context.spanId);
  }
  writer.string(12, 'eventName', record.eventName ?? '');
}
