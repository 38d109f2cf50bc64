import { BatchQueue, type BatchQueueOptions, QUEUE_OPTIONS } from '../../common/batch-queue.js';
import type { FlushOptions } from '../../common/export.js';
import { exportWith } from '../../common/exporter-call.js';
import { checkOptions, checkRule, hasMethods } from '../../common/options.js';
import type { AnyValue, LogRecordExporter, ReadableLogRecord } from '../readable-log-record.js';
import { recordSink } from './record.js';
import type { RecordSink, SinkHost } from './sink.js';

/** The options of `BatchQueue`, and the exporter. */
export interface ExporterSinkOptions
  extends Omit<BatchQueueOptions<ReadableLogRecord>, 'name' | 'export' | 'sizeOf'> {
  /** Any OpenTelemetry log record exporter. */
  exporter: LogRecordExporter;
  /** Names the queue in counters and warnings. Default `logs`. */
  name?: string;
}

/**
 * Batches log records into any OpenTelemetry `LogRecordExporter`.
 *
 * ```ts
 * new Logger({ sinks: [stdoutSink(), exporterSink({ exporter: otlpLogExporter({ url }) })] });
 * ```
 */
export function exporterSink(options: ExporterSinkOptions): RecordSink {
  const owner = 'exporterSink';
  const { exporter, ...rest } = checkOptions(owner, options, [
    ...QUEUE_OPTIONS,
    'name',
    'dropPolicy',
    'exporter',
  ]);
  checkRule(owner, 'exporter', exporter, hasMethods('export', 'shutdown'));
  // Made at once, so that a wrong option is told of here; made anew with the logger's clock when it is attached.
  let queue = makeQueue();
  let attached = false;
  let ended: Promise<void> | undefined;

  function makeQueue(host?: SinkHost): BatchQueue<ReadableLogRecord> {
    return new BatchQueue<ReadableLogRecord>({
      name: 'logs',
      ...host,
      ...rest,
      sizeOf: recordSize,
      export: (batch, signal) => exportWith(exporter, batch, signal),
    });
  }

  async function end(options?: FlushOptions): Promise<void> {
    await queue.shutdown(options?.timeoutMillis);
    await exporter.shutdown();
  }

  return recordSink((record) => queue.add(record), {
    attach(host) {
      if (!attached) queue = makeQueue({ clock: host.clock, diagnostics: host.diagnostics });
      attached = true;
    },
    async flush(options) {
      await queue.flush(options?.timeoutMillis);
      await exporter.forceFlush?.();
    },
    shutdown(options) {
      ended ??= end(options);
      return ended;
    },
  });
}

/** Bytes that a record takes in memory and on the wire, roughly. */
function recordSize(record: ReadableLogRecord): number {
  return 200 + valueSize(record.body) + valueSize(record.attributes);
}

function valueSize(value: AnyValue): number {
  if (typeof value === 'string') return value.length;
  if (typeof value !== 'object' || value === null) return 8;
  if (value instanceof Uint8Array) return value.length;
  let size = 16;
  if (Array.isArray(value)) for (const member of value) size += valueSize(member);
  else for (const key of Object.keys(value)) size += key.length + valueSize(value[key]);
  return size;
}
