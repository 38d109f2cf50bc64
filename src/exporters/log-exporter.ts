import { Diagnostics } from '../common/diagnostics.js';
import { type ExportResult, successOf } from '../common/export.js';
import { type PartAnswer, splitExport } from '../common/split-export.js';
import type { LogRecordExporter, ReadableLogRecord } from '../logs/readable-log-record.js';
import { ExportsUnderWay } from './exports-under-way.js';

/** An exporter of log records that may be called off, and that waits for what is under way. */
export interface LogExporter extends LogRecordExporter {
  /** Sends a batch; answers exactly once and never throws. `signal` ends it early. */
  export(
    records: ReadableLogRecord[],
    resultCallback: (result: ExportResult) => void,
    signal?: AbortSignal,
  ): void;
  /** Waits for the exports that are under way, and tries to send what a spool keeps. */
  forceFlush(): Promise<void>;
  /** Waits for them, too, then closes the connections; further exports fail. */
  shutdown(): Promise<void>;
}

/** What all of telltale's exporters of log records take. */
export interface LogExporterOptions {
  /**
   * Told of each record that the back end refused for good and of its error, to write it to a file for example.
   * They are counted as `telltale_log_records_refused_total`, with or without it.
   */
  onRefused?: (record: ReadableLogRecord, error: unknown) => void;
  diagnostics?: Diagnostics;
}

export interface LogShipment {
  /** Names the back end in counters and warnings: `loki`, `elasticsearch`, … */
  name: string;
  /** One request. */
  // biome-ignore lint/suspicious/noConfusingVoidType: it is what an async function without a return answers
  send(records: ReadableLogRecord[], signal?: AbortSignal): Promise<PartAnswer<ReadableLogRecord> | void>;
  /** Sends what a spool keeps. */
  flush?(): Promise<void>;
  close(): Promise<void>;
}

/**
 * An exporter of log records around one way of sending them. It sends once; trying again is the business of the
 * `BatchQueue` before it. A batch that is refused for one bad record is split until that stands alone.
 */
export function logExporter(shipment: LogShipment, options: LogExporterOptions): LogExporter {
  const { name } = shipment;
  const { onRefused, diagnostics = new Diagnostics() } = options;
  const underWay = new ExportsUnderWay();
  const never = new AbortController().signal;
  let closed = false;

  const deliver = splitExport<ReadableLogRecord>({
    send: (records, signal) => shipment.send(records, signal),
    setAside(record, error) {
      countRefused(diagnostics, name, error);
      onRefused?.(record, error);
    },
  });

  async function take(records: ReadableLogRecord[], signal = never): Promise<ExportResult> {
    if (closed) throw new Error(`the ${name} exporter was shut down`);
    const { rejected } = (await deliver(records, signal)) ?? { rejected: 0 };
    return successOf(rejected);
  }

  async function forceFlush(): Promise<void> {
    await underWay.settled();
    await shipment.flush?.();
  }

  return {
    export(records, resultCallback, signal) {
      underWay.answer(take(records, signal), resultCallback);
    },
    forceFlush,
    async shutdown() {
      closed = true;
      await underWay.settled();
      await shipment.close();
    },
  };
}

export function countRefused(diagnostics: Diagnostics, exporter: string, error: unknown): void {
  const help = 'Log records that a back end refused for good.';
  diagnostics.counter('telltale_log_records_refused_total', help, { exporter }).value++;
  diagnostics.report('log_record_refused', exporter, `${exporter} refused a log record`, error);
}
