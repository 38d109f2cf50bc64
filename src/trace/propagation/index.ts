export { W3CBaggagePropagator } from './baggage.js';
export { CompositePropagator, type CompositePropagatorOptions } from './composite.js';
export { W3CTraceContextPropagator } from './trace-context.js';
