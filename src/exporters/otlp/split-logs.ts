import { successOf } from '../../common/export.js';
import { splitExport } from '../../common/split-export.js';
import type { ReadableLogRecord } from '../../logs/readable-log-record.js';
import type { OtlpSend } from './otlp-exporter.js';

/** Splits batches of log records until those that the back end refuses stand alone. */
export function splitLogs(
  send: OtlpSend<ReadableLogRecord[]>,
  setAside: (error: unknown) => void,
): OtlpSend<ReadableLogRecord[]> {
  const never = new AbortController().signal;
  const deliver = splitExport<ReadableLogRecord>({
    send: async (records, signal) => ({ rejected: (await send(records, signal)).rejected ?? 0 }),
    setAside: (_, error) => setAside(error),
  });
  return async (records, signal = never) => {
    const answer = await deliver(records, signal);
    return successOf(answer?.rejected ?? 0);
  };
}
