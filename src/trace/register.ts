import {
  type ContextManager,
  context,
  propagation,
  type TextMapPropagator,
  type TracerProvider,
  trace,
} from '@opentelemetry/api';
import type { Diagnostics } from '../common/diagnostics.js';

/** Which of the API's globals are telltale's. */
export interface Registration {
  readonly traces: boolean;
  readonly context: boolean;
  readonly propagation: boolean;
}

/** Sets the three globals of the OpenTelemetry API, each unless another is there. */
export function registerGlobals(
  provider: TracerProvider,
  contexts: ContextManager,
  propagator: TextMapPropagator,
  diagnostics: Diagnostics,
): Registration {
  contexts.enable?.();
  const registration = {
    traces: trace.setGlobalTracerProvider(provider),
    context: context.setGlobalContextManager(contexts),
    propagation: propagation.setGlobalPropagator(propagator),
  };
  const taken = [
    registration.traces ? '' : 'tracer provider',
    registration.context ? '' : 'context manager',
    registration.propagation ? '' : 'propagator',
  ].filter((name) => name !== '');
  if (taken.length > 0) {
    diagnostics.report(
      'global_taken',
      taken.join(', '),
      `another ${taken.join(' and ')} is registered with the OpenTelemetry API already (or another version of ` +
        'the API is loaded first), and stays; unregister it first, or use this provider without register()',
    );
  }
  return registration;
}

/** Empties the globals that were set. */
export function unregisterGlobals(registration: Registration): void {
  if (registration.traces) trace.disable();
  if (registration.context) context.disable();
  if (registration.propagation) propagation.disable();
}
