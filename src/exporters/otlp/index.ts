export type { HttpHeaders } from '../../common/http-transport.js';
export type { TlsOptions } from '../../common/tls-options.js';
export {
  type OtlpMetricExporter,
  type OtlpMetricExporterOptions,
  otlpLogExporter,
  otlpMetricExporter,
  otlpTraceExporter,
} from './exporters.js';
export {
  type OtlpFileExporterOptions,
  otlpLogFileExporter,
  otlpMetricFileExporter,
  otlpTraceFileExporter,
} from './file-exporter.js';
export type { OtlpExporter } from './otlp-exporter.js';
export type { OtlpExporterOptions, OtlpProtocol } from './otlp-options.js';
export type { TemporalityPreference } from './temporality.js';
