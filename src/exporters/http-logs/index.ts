export type { LogExporter, LogExporterOptions } from '../log-exporter.js';
export { type PlainRecord, plainRecord } from '../record-json.js';
export { type HttpLogExporterOptions, httpLogExporter } from './http-log-exporter.js';
