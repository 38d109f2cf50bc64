import type { ReadableLogRecord } from '../../logs/readable-log-record.js';
import type { AggregationTemporality, ResourceMetrics } from '../../metrics/resource-metrics.js';
import type { ReadableSpan } from '../../trace/readable-span.js';
import { encodeLogs } from './encode-logs.js';
import { encodeMetrics } from './encode-metrics.js';
import { encodeSpans } from './encode-spans.js';
import { type OtlpExporter, otlpExporter } from './otlp-exporter.js';
import { type OtlpExporterOptions, otlpSettings } from './otlp-options.js';
import { TEMPORALITY_PREFERENCES, type TemporalityPreference, temporalityOf } from './temporality.js';

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
  return otlpExporter(otlpSettings('otlpTraceExporter', 'traces', options), encodeSpans);
}

/**
 * Sends log records by OTLP over HTTP; see `otlpTraceExporter`. A batch that is refused for one bad record (400,
 * 413, 422) is split until that stands alone; it is counted, and the rest goes on.
 *
 * @throws TelltaleError for wrong options
 */
export function otlpLogExporter(options?: OtlpExporterOptions): OtlpExporter<ReadableLogRecord[]> {
  const settings = otlpSettings('otlpLogExporter', 'logs', options);
  return otlpExporter(settings, encodeLogs, async () => (await import('./split-logs.js')).splitLogs);
}

/** Options of `otlpMetricExporter`. */
export interface OtlpMetricExporterOptions extends OtlpExporterOptions {
  /**
   * What points are to count from; some back ends take `delta` only. Default:
   * `OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE`, else `cumulative`.
   */
  temporality?: TemporalityPreference;
}

/** An exporter of metrics, which says what its points are to count from. */
export interface OtlpMetricExporter extends OtlpExporter<ResourceMetrics> {
  selectAggregationTemporality(instrumentType: string): AggregationTemporality;
}

/**
 * Sends collected metrics by OTLP over HTTP; see `otlpTraceExporter`. `periodicExporter` gives it points of the
 * temporality that it asks for; with `delta`, what an export that fails had to say is lost, unless there is a
 * `spool`.
 *
 * @throws TelltaleError for wrong options
 */
export function otlpMetricExporter(options?: OtlpMetricExporterOptions): OtlpMetricExporter {
  const settings = otlpSettings('otlpMetricExporter', 'metrics', options, ['temporality']);
  const preference = settings.choose(
    'temporality',
    options?.temporality,
    'TEMPORALITY_PREFERENCE',
    TEMPORALITY_PREFERENCES,
  );
  return {
    ...otlpExporter(settings, encodeMetrics),
    selectAggregationTemporality: temporalityOf(preference),
  };
}
