import { type FileHandle, open } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Diagnostics } from '../../common/diagnostics.js';
import { EXPORT_FAILED, type ExportResult, RetryableExportError, successOf } from '../../common/export.js';
import { checkOptions, checkString } from '../../common/options.js';
import type { ReadableLogRecord } from '../../logs/readable-log-record.js';
import type { ResourceMetrics } from '../../metrics/resource-metrics.js';
import type { ReadableSpan } from '../../trace/readable-span.js';
import { encodeLogs } from './encode-logs.js';
import { encodeMetrics } from './encode-metrics.js';
import { encodeSpans } from './encode-spans.js';
import type { OtlpExporter } from './otlp-exporter.js';
import type { OtlpSignal } from './otlp-options.js';
import { ProtobufWriter } from './protobuf-writer.js';

export interface OtlpFileExporterOptions {
  /** The file, one for each signal; what is in it stays. Its customary ending is `.jsonl`. */
  path: string;
  /** Told of records that cannot be read. */
  diagnostics?: Diagnostics;
}

/**
 * Writes spans to a file as OTLP in JSON, a line for each batch: what a Collector's `otlpjsonfile` receiver reads,
 * and what can be kept, looked at and sent later.
 *
 * ```ts
 * new BatchSpanProcessor({ exporter: otlpTraceFileExporter({ path: 'traces.jsonl' }) });
 * ```
 *
 * Where a line cannot be written (a full disk) the queue before it tries again; a half line is ended first, so that
 * every other line can be read. Nothing is removed and nothing bounds the file: rotation is logrotate's business.
 *
 * Specification: https://opentelemetry.io/docs/specs/otel/protocol/file-exporter/
 *
 * @throws TelltaleError for wrong options
 */
export function otlpTraceFileExporter(options: OtlpFileExporterOptions): OtlpExporter<ReadableSpan[]> {
  return fileExporter('otlpTraceFileExporter', 'traces', encodeSpans, options);
}

/** Writes log records to a file; see `otlpTraceFileExporter`. */
export function otlpLogFileExporter(options: OtlpFileExporterOptions): OtlpExporter<ReadableLogRecord[]> {
  return fileExporter('otlpLogFileExporter', 'logs', encodeLogs, options);
}

/** Writes collected metrics to a file; see `otlpTraceFileExporter`. */
export function otlpMetricFileExporter(options: OtlpFileExporterOptions): OtlpExporter<ResourceMetrics> {
  return fileExporter('otlpMetricFileExporter', 'metrics', encodeMetrics, options);
}

function fileExporter<B>(
  owner: string,
  signal: OtlpSignal,
  encode: (writer: ProtobufWriter, batch: B) => number,
  options: OtlpFileExporterOptions,
): OtlpExporter<B> {
  const given = checkOptions(owner, options, ['path', 'diagnostics']);
  const path = resolve(checkString(owner, 'path', given.path ?? '', ''));
  const { diagnostics = new Diagnostics() } = given;
  let file: FileHandle | undefined;
  let halfLine = false;
  let closed = false;
  /** Settles when everything so far is written: one line at a time. */
  let written: Promise<void> = Promise.resolve();

  async function write(batch: B): Promise<ExportResult> {
    if (closed) return { code: EXPORT_FAILED, error: new Error(`${owner} was shut down`) };
    const writer = new ProtobufWriter(4096);
    const unreadable = encode(writer, batch);
    if (unreadable > 0) {
      const message = `${unreadable} items (${signal}) could not be read and were left out`;
      diagnostics.report('otlp_unreadable', signal, message);
    }
    const { requestJson } = await import('./json-form.js');
    const line = `${requestJson(writer.finish(), signal)}\n`;
    try {
      file ??= await open(path, 'a');
      await file.appendFile(halfLine ? `\n${line}` : line);
      halfLine = false;
    } catch (error) {
      halfLine ||= file !== undefined;
      await close();
      throw new RetryableExportError(`${path}: ${(error as Error).message}`, undefined, { cause: error });
    }
    return successOf(unreadable);
  }

  /** Opened anew at the next line: what was wrong may have been mended meanwhile. */
  async function close(): Promise<void> {
    const old = file;
    file = undefined;
    await old?.close().catch(() => {});
  }

  return {
    export(batch, resultCallback) {
      written = written
        .then(() => write(batch))
        .catch((error) => ({ code: EXPORT_FAILED, error }) as const)
        .then(resultCallback)
        .catch(() => {}); // of the callback's own errors nobody is left to be told
    },
    forceFlush: () => written,
    async shutdown() {
      await written;
      closed = true;
      await close();
    },
  };
}
