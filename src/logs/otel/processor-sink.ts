import type { Context, HrTime, SpanContext } from '@opentelemetry/api';
import type { InstrumentationScope } from '../../common/export.js';
import { checkMethods } from '../../common/options.js';
import type { Resource } from '../../common/resource.js';
import { anyValueOf, define } from '../any-value.js';
import type { LogCall } from '../log-call.js';
import { LogRecord } from '../log-record.js';
import type { AnyValue, LogAttributes } from '../readable-log-record.js';
import type { RecordSink } from '../sinks/sink.js';
import type { LogDraft } from '../stage.js';
import type { LogRecordProcessor, ReadWriteLogRecord } from './api-types.js';

/**
 * A sink for OpenTelemetry's log record processors. They are called in order with one record, which they may
 * change for those behind them.
 *
 * ```ts
 * new Logger({ sinks: [stdoutSink(), processorSink(new BatchLogRecordProcessor(exporter))] });
 * ```
 *
 * A processor that throws is told of and harms no other sink; the processors behind it do not see that record.
 *
 * @throws TelltaleError for what is no processor
 */
export function processorSink(...processors: LogRecordProcessor[]): RecordSink {
  processors.forEach((processor, i) => {
    checkMethods('processorSink', `processors[${i}]`, processor, ['onEmit', 'forceFlush', 'shutdown']);
  });
  return {
    accept(call: LogCall & Partial<Pick<LogDraft, 'context'>>) {
      const record = new EmittedRecord(new LogRecord(call));
      const { context } = call;
      try {
        for (const processor of processors) emit(processor, record, context);
      } finally {
        record.seal();
      }
    },
    async flush(options) {
      await Promise.all(processors.map((processor) => processor.forceFlush(options)));
    },
    async shutdown(options) {
      await Promise.all(processors.map((processor) => processor.shutdown(options)));
    },
  };
}

function emit(processor: LogRecordProcessor, record: ReadWriteLogRecord, context: Context | undefined): void {
  if (context === undefined) processor.onEmit(record);
  else processor.onEmit(record, context);
}

/** A record that can be changed until it is sealed. */
class EmittedRecord implements ReadWriteLogRecord {
  readonly resource: Resource;
  readonly instrumentationScope: InstrumentationScope;
  readonly attributes: LogAttributes;
  hrTime: HrTime;
  hrTimeObserved: HrTime;
  spanContext?: SpanContext;
  severityText?: string;
  severityNumber?: number;
  body?: AnyValue;
  eventName?: string;
  droppedAttributesCount: number;
  #sealed = false;

  constructor(record: LogRecord) {
    this.resource = record.resource;
    this.instrumentationScope = record.instrumentationScope;
    this.attributes = record.attributes;
    this.hrTime = record.hrTime;
    this.hrTimeObserved = record.hrTimeObserved;
    if (record.spanContext !== undefined) this.spanContext = record.spanContext;
    this.severityText = record.severityText;
    this.severityNumber = record.severityNumber;
    this.body = record.body;
    if (record.eventName !== undefined) this.eventName = record.eventName;
    this.droppedAttributesCount = record.droppedAttributesCount;
  }

  setAttribute(key: string, value?: AnyValue): this {
    if (!this.#sealed && value !== undefined) define(this.attributes, key, anyValueOf(value));
    return this;
  }

  setAttributes(attributes: LogAttributes): this {
    for (const [key, value] of Object.entries(attributes)) this.setAttribute(key, value);
    return this;
  }

  setBody(body: AnyValue): this {
    return this.#set('body', body);
  }

  setEventName(eventName: string): this {
    return this.#set('eventName', eventName);
  }

  setSeverityNumber(severityNumber: number): this {
    return this.#set('severityNumber', severityNumber);
  }

  setSeverityText(severityText: string): this {
    return this.#set('severityText', severityText);
  }

  /** From here on the setters do nothing: the record may be in a batch already. */
  seal(): void {
    this.#sealed = true;
  }

  #set<K extends 'body' | 'eventName' | 'severityNumber' | 'severityText'>(key: K, value: this[K]): this {
    if (!this.#sealed) this[key] = value;
    return this;
  }
}
