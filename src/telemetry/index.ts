export { createTelemetry } from './create-telemetry.js';
export type { LogsOptions, MetricsOptions, TelemetryOptions, TracesOptions } from './options.js';
export type { FlushReport, Telemetry, TelemetryRegistration } from './telemetry.js';
