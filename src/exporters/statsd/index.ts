export type { StatsdDialect } from './lines.js';
export { type StatsdOptions, statsdExporter } from './statsd-exporter.js';
