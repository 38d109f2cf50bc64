import { Diagnostics } from '../../common/diagnostics.js';
import { EXPORT_SUCCESS } from '../../common/export.js';
import { checkOneOf } from '../../common/options.js';
import { splitExport } from '../../common/split-export.js';
import type { ReadableLogRecord } from '../../logs/readable-log-record.js';
import type { AggregationTemporality, ResourceMetrics } from '../../metrics/resource-metrics.js';
import type { ReadableSpan } from '../../trace/readable-span.js';
import { encodeLogs } from './encode-logs.js';
import { encodeMetrics } from './encode-metrics.js';
import { encodeSpans } from './encode-spans.js';
import { type OtlpExporter, type OtlpSend, otlpExporter } from './otlp-exporter.js';
import type { OtlpExporterOptions } from './otlp-options.js';
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
export function otlpMetricExporter(options: OtlpMetricExporterOptions = {}): OtlpMetricExporter {
  const owner = 'otlpMetricExporter';
  const diagnostics = options?.diagnostics ?? new Diagnostics();
  const { temporality, ...rest } = options ?? {};
  const preference = checkOneOf(
    owner,
    'temporality',
    temporality ?? preferenceOf((rest.env ?? process.env)[VARIABLE], diagnostics),
    'cumulative',
    TEMPORALITY_PREFERENCES,
  );
  const exporter = otlpExporter(owner, 'metrics', encodeMetrics, { ...rest, diagnostics });
  return { ...exporter, selectAggregationTemporality: temporalityOf(preference) };
}

const VARIABLE = 'OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE';

function preferenceOf(text: string | undefined, diagnostics: Diagnostics): TemporalityPreference | undefined {
  if (!text?.trim()) return undefined;
  const preference = TEMPORALITY_PREFERENCES.find((known) => known === text.trim().toLowerCase());
  if (preference === undefined) {
    const accepted = TEMPORALITY_PREFERENCES.join(', ');
    const told = `${VARIABLE} is passed over; accepted: ${accepted}`;
    diagnostics.report('invalid_environment', VARIABLE, told);
  }
  return preference;
}
