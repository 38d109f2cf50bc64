export { B3Propagator, type B3PropagatorOptions } from './b3.js';
export { W3CBaggagePropagator } from './baggage.js';
export {
  type CarrierAccess,
  environmentCarrier,
  type HeaderCarrier,
  headerCarrier,
  type MessageCarrier,
  type MetadataLike,
  messageCarrier,
  metadataCarrier,
  type SqsAttribute,
  sqsCarrier,
} from './carriers.js';
export { CompositePropagator, type CompositePropagatorOptions } from './composite.js';
export { type PropagatorFromEnvOptions, propagatorFromEnv } from './from-env.js';
export { JaegerPropagator } from './jaeger.js';
export { W3CTraceContextPropagator } from './trace-context.js';
export { XRayPropagator } from './xray.js';
