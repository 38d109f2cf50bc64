export type { LogExporter, LogExporterOptions } from '../log-exporter.js';
export type { SyslogFacility } from './facility.js';
export { type SyslogExporterOptions, syslogExporter } from './syslog-exporter.js';
