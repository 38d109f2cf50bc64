import { EXPORT_FAILED, EXPORT_SUCCESS, type ExportResult } from '../../common/export.js';
import { exportWith } from '../../common/exporter-call.js';
import { checkFunction, checkMethods, checkOptions } from '../../common/options.js';
import { splitExport } from '../../common/split-export.js';
import type { LogRecordExporter, ReadableLogRecord } from '../readable-log-record.js';

export interface SplitPoisonedOptions {
  /** Told of each record that was refused for good, and of the error. */
  onRefused?: (record: ReadableLogRecord, error: unknown) => void;
}

/**
 * An exporter of somebody else's, with what telltale's own do by themselves: a batch that is refused for its
 * content (an error whose `code` or `status` is 400, 413 or 422, as OpenTelemetry's OTLP exporters have it) is split
 * until the bad record stands alone, and the rest goes on.
 *
 * ```ts
 * exporterSink({ exporter: splitPoisoned(new OTLPLogExporter(), { onRefused: (record) => keep(record) }) });
 * ```
 *
 * @throws TelltaleError for what is no exporter, and for wrong options
 */
export function splitPoisoned(
  exporter: LogRecordExporter,
  options?: SplitPoisonedOptions,
): LogRecordExporter {
  const owner = 'splitPoisoned';
  checkMethods(owner, 'exporter', exporter, ['export', 'shutdown']);
  const { onRefused } = checkOptions(owner, options, ['onRefused']);
  checkFunction(owner, 'onRefused', onRefused);
  const never = new AbortController().signal;
  const deliver = splitExport<ReadableLogRecord>({
    send: async (records, signal) => (await exportWith(exporter, records, signal)) ?? {},
    ...(onRefused === undefined ? {} : { setAside: onRefused }),
  });
  return {
    export(records: ReadableLogRecord[], done: (result: ExportResult) => void, signal?: AbortSignal) {
      deliver(records, signal ?? never).then(
        (answer) => done({ code: EXPORT_SUCCESS, rejected: answer?.rejected ?? 0 }),
        (error: unknown) => done({ code: EXPORT_FAILED, error: error as Error }),
      );
    },
    async forceFlush() {
      await exporter.forceFlush?.();
    },
    shutdown: () => exporter.shutdown(),
  };
}
