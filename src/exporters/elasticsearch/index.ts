export type { LogExporter, LogExporterOptions } from '../log-exporter.js';
export { ecsDocument } from './document.js';
export { type ElasticsearchExporterOptions, elasticsearchExporter } from './elasticsearch-exporter.js';
