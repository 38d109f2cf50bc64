export { type ServiceGraphOptions, ServiceGraphProcessor } from './service-graph.js';
export { type SpanMetricsOptions, SpanMetricsProcessor } from './span-metrics.js';
