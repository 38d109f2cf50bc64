import type { ReadableLogRecord } from '../../logs/readable-log-record.js';
import { encodeAnyValue, encodeAttributes } from './any-value.js';
import { encodeBatch } from './encode-batch.js';
import type { ProtobufWriter } from './protobuf-writer.js';

/**
 * Writes an `ExportLogsServiceRequest`; gives the number of records that could not be read.
 *
 * Schema: opentelemetry/proto/logs/v1/logs.proto
 */
export function encodeLogs(writer: ProtobufWriter, records: readonly ReadableLogRecord[]): number {
  return encodeBatch(writer, records, encodeLog);
}

function encodeLog(writer: ProtobufWriter, record: ReadableLogRecord): void {
  writer.time(1, record.hrTime);
  writer.time(11, record.hrTimeObserved);
  writer.uint32(2, record.severityNumber);
  writer.string(3, record.severityText);
  if (record.body !== undefined) encodeAnyValue(writer, 5, record.body);
  encodeAttributes(writer, 6, record.attributes);
  writer.uint32(7, record.droppedAttributesCount);
  const context = record.spanContext;
  if (context !== undefined) {
    writer.fixed32(8, context.traceFlags & 0xff);
    writer.id(9, context.traceId);
    writer.id(10, context.spanId);
  }
  writer.string(12, record.eventName);
}
