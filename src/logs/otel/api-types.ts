import type { Context, TimeInput } from '@opentelemetry/api';
import type { FlushOptions } from '../../common/export.js';
import type { AnyValue, LogAttributes, ReadableLogRecord } from '../readable-log-record.js';

/**
 * OpenTelemetry's logs API and the interfaces of its logs SDK, written down here: the API stands in
 * `@opentelemetry/api-logs` beside the API's 1.9 line and in `@opentelemetry/api` itself from 1.10 on, and telltale
 * needs neither at run time. Type tests prove them interchangeable with the originals.
 */

/** What is handed to `emit`. */
export interface ApiLogRecord {
  eventName?: string;
  timestamp?: TimeInput;
  observedTimestamp?: TimeInput;
  /** 1 (trace) to 24 (fatal4). */
  severityNumber?: number;
  severityText?: string;
  body?: AnyValue;
  attributes?: LogAttributes;
  exception?: unknown;
  context?: Context;
}

export interface EnabledOptions {
  context?: Context;
  severityNumber?: number;
  eventName?: string;
}

/** A logger as the API has it. */
export interface ApiLogger {
  emit(record: ApiLogRecord): void;
  enabled(options?: EnabledOptions): boolean;
}

export interface ApiLoggerOptions {
  schemaUrl?: string;
  attributes?: LogAttributes;
}

/** A provider of loggers as the API has it. */
export interface ApiLoggerProvider {
  getLogger(name: string, version?: string, options?: ApiLoggerOptions): ApiLogger;
}

/** The object `logs` of either package. */
export interface LogsApi {
  setGlobalLoggerProvider(provider: ApiLoggerProvider): unknown;
  getLoggerProvider(): unknown;
  disable(): void;
}

/** A record that processors may change while it is emitted. */
export interface ReadWriteLogRecord extends Omit<ReadableLogRecord, 'attributes'> {
  hrTime: ReadableLogRecord['hrTime'];
  hrTimeObserved: ReadableLogRecord['hrTimeObserved'];
  spanContext?: NonNullable<ReadableLogRecord['spanContext']>;
  severityText?: string;
  severityNumber?: number;
  body?: AnyValue;
  eventName?: string;
  droppedAttributesCount: number;
  readonly attributes: LogAttributes;
  setAttribute(key: string, value?: AnyValue): this;
  setAttributes(attributes: LogAttributes): this;
  setBody(body: AnyValue): this;
  setEventName(eventName: string): this;
  setSeverityNumber(severityNumber: number): this;
  setSeverityText(severityText: string): this;
}

/** A processor of log records as the SDK has it. */
export interface LogRecordProcessor {
  // Written as methods: the SDK's own type of record has an enumeration where this has numbers.
  onEmit(record: ReadWriteLogRecord, context?: Context): void;
  forceFlush(options?: FlushOptions): Promise<void>;
  shutdown(options?: FlushOptions): Promise<void>;
}
