export type { IdGenerator } from './ids.js';
export {
  BatchSpanProcessor,
  type BatchSpanProcessorOptions,
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
  alwaysOff,
  alwaysOn,
  type ParentBasedOptions,
  parentBased,
  type RateLimitedOptions,
  rateLimited,
  type Sampler,
  type SamplingResult,
  traceIdRatio,
} from './samplers/index.js';
export type { SpanLimits } from './span-limits.js';
export type { Tracer } from './tracer.js';
export { TracerProvider, type TracerProviderOptions } from './tracer-provider.js';
