export { AggregatorRegistry } from './aggregator-registry.js';
export { aggregators } from './aggregators.js';
export { exponentialBuckets, linearBuckets } from './buckets.js';
export { Counter, type CounterConfiguration } from './counter.js';
export { collectDefaultMetrics, type DefaultMetricsCollectorConfiguration } from './default-metrics.js';
export { Gauge, type GaugeConfiguration } from './gauge.js';
export { Histogram, type HistogramConfiguration } from './histogram.js';
export { type Metric, validateMetricName } from './metric.js';
export { Pushgateway, type PushgatewayOptions } from './pushgateway.js';
export { Registry, register } from './registry.js';
export { Summary, type SummaryConfiguration } from './summary.js';
export {
  type Aggregator,
  type CollectFunction,
  type LabelValues,
  type MetricConfiguration,
  type MetricObject,
  type MetricObjectWithValues,
  type MetricType,
  type MetricValue,
  type OpenMetricsContentType,
  openMetricsContentType,
  type PrometheusContentType,
  prometheusContentType,
  type RegistryContentType,
} from './types.js';
