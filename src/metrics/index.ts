export type { AnyMetric } from './any-metric.js';
export { exponentialBuckets, linearBuckets } from './buckets.js';
export { Counter, type CounterOptions, type CounterSeries } from './counter.js';
export { type DefaultMetricsOptions, defaultMetrics } from './default-metrics.js';
export { Gauge, type GaugeOptions, type GaugeSeries } from './gauge.js';
export { Histogram, type HistogramOptions, type HistogramSeries } from './histogram.js';
export type { LabelValue, LabelValues } from './labels.js';
export type { MetricHost, MetricObject, MetricOptions, MetricSample, MetricType } from './metric.js';
export {
  type PeriodicExporter,
  type PeriodicExporterOptions,
  periodicExporter,
} from './periodic-exporter.js';
export { Registry, type RegistryOptions } from './registry.js';
export type * from './resource-metrics.js';
export { collectResourceMetrics } from './resource-view.js';
export { selfMetrics } from './self-metrics.js';
export { Summary, type SummaryOptions, type SummarySeries } from './summary.js';
export { type Timed, Timer } from './timer.js';
