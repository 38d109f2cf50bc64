export type { Meter } from './meter.js';
export type { CollectionResult, MetricProducer, MetricReader } from './meter-provider.js';
export type { AggregationOption, OtelViewOptions } from './view-options.js';
export type { AttributesProcessor } from './view-selector.js';
export {
  ViewedMeterProvider as MeterProvider,
  type ViewedMeterProviderOptions as MeterProviderOptions,
} from './viewed-meter-provider.js';
