export type { LogExporter, LogExporterOptions } from '../log-exporter.js';
export { type LokiExporterOptions, lokiExporter } from './loki-exporter.js';
