import { EXPORT_SUCCESS } from '../../common/export.js';
import { splitExport } from '../../common/split-export.js';
import type { ReadableLogRecord } from '../../logs/readable-log-record.js';
import type { ResourceMetrics } from '../../metrics/resource-metrics.js';
import type { ReadableSpan } from '../../trace/readable-span.js';
import { encodeLogs } from './encode-logs.js';
import { encodeMetrics } from './encode-metrics.js';
import { encodeSpans } from './encode-spans.js';
import { type OtlpExporter, type OtlpSend, otlpExporter } from './otlp-exporter.js';
import type { OtlpExporterOptions } from './otlp-options.js';

/**
 * Sends spans to an OpenTelemetry Collector, or any back end that speaks OTLP over HTTP.
 *
 * ```ts
 * new BatchSpanProcessor({ exporter: otlpTraceExporter({ endpoint: 'http://collector:4318' }) });
 * ```
 *
 * It fits OpenTelemetry's own SDK as well. It does not retry by itself: telltale's `BatchQueue` does.
 * Specification: https://opentelemetry.io/docs/specs/otlp/
 *
 * @throws TelltaleError for wrong options
 */
export function otlpTraceExporter(options?: OtlpExporterOptions): OtlpExporter<ReadableSpan[]> {
  return otlpExporter('otlpTraceExporter', 'traces', encodeSpans, options);
}

/**
 * Sends log records by OTLP over HTTP; see `otlpTraceExporter`. A batch that is refused for one bad record (400,
 * 413, 422) is split until that stands alone; it is counted, and the rest goes on.
 *
 * @throws TelltaleError for wrong options
 */
export function otlpLogExporter(options?: OtlpExporterOptions): OtlpExporter<ReadableLogRecord[]> {
  return otlpExporter('otlpLogExporter', 'logs', encodeLogs, options, splitLogs);
}

function splitLogs(
  send: OtlpSend<ReadableLogRecord[]>,
  setAside: (error: unknown) => void,
): OtlpSend<ReadableLogRecord[]> {
  const never = new AbortController().signal;
  const deliver = splitExport<ReadableLogRecord>({
    send: async (records, signal) => ({ rejected: (await send(records, signal)).rejected ?? 0 }),
    setAside: (_, error) => setAside(error),
  });
  return async (records, signal = never) => {
    const { rejected } = (await deliver(records, signal)) ?? { rejected: 0 };
    return rejected > 0 ? { code: EXPORT_SUCCESS, rejected } : { code: EXPORT_SUCCESS };
  };
}

/**
 * Sends collected metrics by OTLP over HTTP; see `otlpTraceExporter`.
 *
 * @throws TelltaleError for wrong options
 */
export function otlpMetricExporter(options?: OtlpExporterOptions): OtlpExporter<ResourceMetrics> {
  return otlpExporter('otlpMetricExporter', 'metrics', encodeMetrics, options);
}
