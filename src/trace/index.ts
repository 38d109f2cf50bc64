export { addSpanEvent, setSpanAttributes } from './current-span.js';
export type { SpanDone } from './ending.js';
export type { IdGenerator } from './ids.js';
export {
  type OpenSpan,
  type OpenSpanCheck,
  type OpenSpanCheckOptions,
  openSpanCheck,
} from './open-span-check.js';
export {
  BatchSpanProcessor,
  type BatchSpanProcessorOptions,
  FilterSpanProcessor,
  type FilterSpanProcessorOptions,
  type KeyPattern,
  MultiSpanProcessor,
  type MultiSpanProcessorOptions,
  RedactSpanProcessor,
  type RedactSpanProcessorOptions,
  SimpleSpanProcessor,
  type SimpleSpanProcessorOptions,
} from './processors/index.js';
export {
  B3Propagator,
  type B3PropagatorOptions,
  type CarrierAccess,
  CompositePropagator,
  type CompositePropagatorOptions,
  environmentCarrier,
  type HeaderCarrier,
  headerCarrier,
  JaegerPropagator,
  type MessageCarrier,
  type MetadataLike,
  messageCarrier,
  metadataCarrier,
  type PropagatorFromEnvOptions,
  propagatorFromEnv,
  type SqsAttribute,
  sqsCarrier,
  W3CBaggagePropagator,
  W3CTraceContextPropagator,
  XRayPropagator,
} from './propagation/index.js';
export type {
  ReadableSpan,
  ReadWriteSpan,
  SpanExporter,
  SpanProcessor,
  TimedEvent,
} from './readable-span.js';
export { type GlobalsOptions, type Registration, registerGlobals, w3cPropagator } from './register.js';
export {
  type AdaptiveOptions,
  type AdaptiveSampler,
  type AdaptiveState,
  type AttributeMatch,
  adaptive,
  adjustedCount,
  alwaysOff,
  alwaysOn,
  alwaysRecord,
  consistentProbability,
  type ForcibleOptions,
  forceDrop,
  forceKeep,
  forcible,
  limitedProbability,
  type ParentBasedOptions,
  parentBased,
  parentThreshold,
  type RateLimitedOptions,
  type RulesOptions,
  rateLimited,
  rules,
  type Sampler,
  type SamplerConfig,
  type SamplingResult,
  type SamplingRule,
  type SpanStart,
  samplerFrom,
  samplingProbability,
  type TextPattern,
  traceIdRatio,
} from './samplers/index.js';
export type { SpanLimits } from './span-limits.js';
export { Traced, type TracedDecorator, type TracedOptions, traced } from './traced.js';
export type { Tracer } from './tracer.js';
export { TracerProvider, type TracerProviderOptions } from './tracer-provider.js';
