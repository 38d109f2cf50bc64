import {
  type ContextManager,
  context,
  type MeterProvider,
  metrics,
  propagation,
  type TextMapPropagator,
  type TracerProvider,
  trace,
} from '@opentelemetry/api';
import { processContextManager } from '../common/context-manager.js';
import { Diagnostics } from '../common/diagnostics.js';
import { checkMethods, checkOptions } from '../common/options.js';
import { W3CBaggagePropagator } from './propagation/baggage.js';
import { CompositePropagator } from './propagation/composite.js';
import { W3CTraceContextPropagator } from './propagation/trace-context.js';

export interface GlobalsOptions {
  /** What the API's `trace.getTracer` asks from now on. */
  tracerProvider: TracerProvider;
  /** What its `metrics.getMeter` asks: `MeterProvider` of `telltale/meter`. Default: that global is left alone. */
  meterProvider?: MeterProvider;
  /** Where a provider was given a manager of its own, the same one. Default: telltale's, one for the process. */
  contextManager?: ContextManager;
  /** Default: W3C trace context and baggage. */
  propagator?: TextMapPropagator;
  /** Told where somebody else is registered already. */
  diagnostics?: Diagnostics;
}

/** Which of the API's globals are telltale's. */
export interface Registration {
  readonly traces: boolean;
  /** False where no meter provider was given. */
  readonly metrics: boolean;
  readonly context: boolean;
  readonly propagation: boolean;
  /** Takes back those that are, so that others can register. */
  unregister(): void;
}

/**
 * Makes a tracer provider, a context manager, a propagator and, where there is one, a meter provider the globals
 * of the OpenTelemetry API. Where somebody else is registered already, that one stays and `diagnostics` is told.
 *
 * ```ts
 * const tracerProvider = new TracerProvider({ spanProcessors: [new BatchSpanProcessor({ exporter })] });
 * const { unregister } = registerGlobals({ tracerProvider });
 * ```
 *
 * @returns which of them are telltale's now
 * @throws TelltaleError for an option that is unknown or wrong.
 */
export function registerGlobals(options: GlobalsOptions): Registration {
  const owner = 'registerGlobals';
  const given = checkOptions(owner, options, [
    'tracerProvider',
    'meterProvider',
    'contextManager',
    'propagator',
    'diagnostics',
  ]);
  const { diagnostics = new Diagnostics() } = given;
  const provider = checkMethods(owner, 'tracerProvider', given.tracerProvider, ['getTracer']);
  const contexts = given.contextManager ?? processContextManager();
  checkMethods(owner, 'contextManager', contexts, ['active', 'with', 'bind']);
  const propagator = given.propagator ?? w3cPropagator(diagnostics);
  checkMethods(owner, 'propagator', propagator, ['inject', 'extract', 'fields']);
  const { meterProvider } = given;
  if (meterProvider !== undefined) checkMethods(owner, 'meterProvider', meterProvider, ['getMeter']);
  contexts.enable?.();
  const ours = {
    traces: trace.setGlobalTracerProvider(provider),
    metrics: meterProvider !== undefined && metrics.setGlobalMeterProvider(meterProvider),
    context: context.setGlobalContextManager(contexts),
    propagation: propagation.setGlobalPropagator(propagator),
  };
  const taken = [
    ours.traces ? '' : 'tracer provider',
    ours.metrics || meterProvider === undefined ? '' : 'meter provider',
    ours.context ? '' : 'context manager',
    ours.propagation ? '' : 'propagator',
  ].filter((name) => name !== '');
  if (taken.length > 0) {
    diagnostics.report(
      'global_taken',
      taken.join(', '),
      `another ${taken.join(' and ')} is registered with the OpenTelemetry API already (or another version of ` +
        'the API is loaded first), and stays; unregister it first, or use this provider without registering it',
    );
  }
  return {
    ...ours,
    unregister() {
      if (ours.traces) trace.disable();
      if (ours.metrics) metrics.disable();
      if (ours.context) context.disable();
      if (ours.propagation) propagation.disable();
      ours.traces = ours.metrics = ours.context = ours.propagation = false;
    },
  };
}

/** What W3C recommends, and OpenTelemetry's default: trace context and baggage. */
export function w3cPropagator(diagnostics?: Diagnostics): TextMapPropagator {
  return new CompositePropagator({
    propagators: [new W3CTraceContextPropagator(), new W3CBaggagePropagator()],
    ...(diagnostics === undefined ? {} : { diagnostics }),
  });
}
