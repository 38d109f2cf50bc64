export type { AnyMetric } from './any-metric.js';
export { exponentialBuckets, linearBuckets } from './buckets.js';
export { Counter, type CounterOptions, type CounterSeries } from './counter.js';
export { type DefaultMetricsOptions, defaultMetrics } from './default-metrics.js';
export type { Exemplar, ExemplarPolicy, ExemplarReservoir } from './exemplar.js';
export { type ExpireSeriesOptions, expireSeries } from './expire-series.js';
export {
  downscale,
  type ExponentialBuckets,
  type ExponentialHistogramData,
  exponentialSince,
  mergeExponential,
} from './exponential-data.js';
export { Gauge, type GaugeOptions, type GaugeSeries } from './gauge.js';
export { Histogram, type HistogramOptions, type HistogramSeries } from './histogram.js';
export { Info, type InfoOptions, type InfoSeries } from './info.js';
export type { LabelValue, LabelValues } from './labels.js';
export { lintMetrics, type MetricAdvice } from './lint-metrics.js';
export { LongTaskTimer, type LongTaskTimerOptions } from './long-task-timer.js';
export type {
  MetricHost,
  MetricKind,
  MetricObject,
  MetricOptions,
  MetricSample,
  MetricType,
} from './metric.js';
export {
  NativeHistogram,
  type NativeHistogramOptions,
  type NativeHistogramSeries,
} from './native-histogram.js';
export {
  ObservableCounter,
  type ObservableCounterOptions,
  ObservableGauge,
  type ObservableGaugeOptions,
  ObservableUpDownCounter,
  type ObservableUpDownCounterOptions,
  type Observe,
} from './observable.js';
export {
  type PeriodicExporter,
  type PeriodicExporterOptions,
  periodicExporter,
} from './periodic-exporter.js';
export { Registry, type RegistryOptions } from './registry.js';
export type * from './resource-metrics.js';
export {
  collectResourceMetrics,
  type RegistryReader,
  type RegistryReaderOptions,
  registryReader,
} from './resource-view.js';
export { type RuntimeMetricsOptions, runtimeMetrics } from './runtime/runtime-metrics.js';
export { selfMetrics } from './self-metrics.js';
export type { MetricViews } from './settings.js';
export { StateSet, type StateSetOptions, type StateSetSeries } from './state-set.js';
export { Summary, type SummaryOptions, type SummarySeries } from './summary.js';
export { type TimedDecorator, timed } from './timed.js';
export { type Timed, Timer } from './timer.js';
export { type TraceExemplarsOptions, traceExemplars } from './trace-exemplars.js';
export { UpDownCounter, type UpDownCounterOptions, type UpDownCounterSeries } from './up-down-counter.js';
export { type MetricView, metricViews } from './views.js';
