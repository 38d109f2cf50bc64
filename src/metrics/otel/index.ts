export type { Meter } from './meter.js';
export {
  type CollectionResult,
  MeterProvider,
  type MeterProviderOptions,
  type MetricProducer,
  type MetricReader,
} from './meter-provider.js';
export type { AggregationOption, AttributesProcessor, OtelViewOptions } from './view-options.js';
