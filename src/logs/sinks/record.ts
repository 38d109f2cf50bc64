import { checkFunction } from '../../common/options.js';
import { LogRecord } from '../log-record.js';
import type { ReadableLogRecord } from '../readable-log-record.js';
import type { RecordSink, SinkLifecycle } from './sink.js';

/**
 * A sink that takes OpenTelemetry's log records instead of lines: for exporters, stores and hooks.
 *
 * ```ts
 * new Logger({ sinks: [stdoutSink(), recordSink((record) => store.add(record))] });
 * ```
 */
export function recordSink(
  emit: (record: ReadableLogRecord) => void,
  lifecycle: SinkLifecycle = {},
): RecordSink {
  checkFunction('recordSink', 'emit', emit);
  return { ...lifecycle, accept: (call) => emit(new LogRecord(call)) };
}
