import type { HrTime, SpanContext } from '@opentelemetry/api';
import type { Exportable, ExportResult, InstrumentationScope } from '../common/export.js';

/**
 * The interfaces of OpenTelemetry's logs SDK, written down here so that telltale needs none of its packages at
 * run time and works with both lines of them. Type tests prove them interchangeable with the originals.
 *
 * Data model: https://opentelemetry.io/docs/specs/otel/logs/data-model/
 */

/** Any value a log can carry, as deep as it likes. */
export type AnyValue =
  | string
  | number
  | boolean
  | Uint8Array
  | AnyValue[]
  | { [key: string]: AnyValue }
  | null
  | undefined;

export type LogAttributes = Record<string, AnyValue>;

/** A log record as exporters read it. Times are `[seconds, nanoseconds]` since the Unix epoch. */
export interface ReadableLogRecord extends Exportable {
  readonly hrTime: HrTime;
  readonly hrTimeObserved: HrTime;
  readonly spanContext?: SpanContext;
  readonly severityText?: string;
  /** 1 (trace) to 24 (fatal4). */
  readonly severityNumber?: number;
  readonly body?: AnyValue;
  readonly eventName?: string;
  readonly instrumentationScope: InstrumentationScope & {
    attributes?: LogAttributes;
    droppedAttributesCount?: number;
  };
  readonly attributes: LogAttributes;
  readonly droppedAttributesCount: number;
}

/** Sends log records somewhere. `export` is never called again before the callback of the last was. */
export interface LogRecordExporter {
  export(records: ReadableLogRecord[], resultCallback: (result: ExportResult) => void): void;
  forceFlush?(): Promise<void>;
  shutdown(): Promise<void>;
}
