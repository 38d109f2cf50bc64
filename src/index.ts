export type { Clock } from './common/clock.js';
export { type Diagnostic, type DiagnosticHandler, Diagnostics } from './common/diagnostics.js';
export { TelltaleError } from './common/errors.js';
export { createResource, type Resource, type ServiceOptions } from './common/resource.js';
export {
  fileSink,
  type Level,
  Logger,
  type LoggerOptions,
  memorySink,
  rotatingFileSink,
  stderrSink,
  stdoutSink,
  streamSink,
} from './logs/index.js';
export {
  Counter,
  Gauge,
  Histogram,
  metricViews,
  NativeHistogram,
  Registry,
  Summary,
  Timer,
  traceExemplars,
  UpDownCounter,
} from './metrics/index.js';
export { SloTracker } from './slo/tracker.js';
export {
  createTelemetry,
  type FlushReport,
  type LogsOptions,
  type MetricsOptions,
  type Telemetry,
  type TelemetryOptions,
  type TracesOptions,
} from './telemetry/index.js';
export {
  adaptive,
  addSpanEvent,
  alwaysOff,
  alwaysOn,
  alwaysRecord,
  BatchSpanProcessor,
  consistentProbability,
  forceDrop,
  forceKeep,
  forcible,
  limitedProbability,
  parentBased,
  parentThreshold,
  rateLimited,
  rules,
  SimpleSpanProcessor,
  samplerFrom,
  setSpanAttributes,
  Traced,
  TracerProvider,
  traced,
  traceIdRatio,
} from './trace/index.js';
