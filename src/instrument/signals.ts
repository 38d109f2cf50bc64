import type { ContextManager, TextMapPropagator, Tracer } from '@opentelemetry/api';
import { type Clock, systemClock } from '../common/clock.js';
import { processContextManager } from '../common/context-manager.js';
import { Diagnostics } from '../common/diagnostics.js';
import { describe, TelltaleError } from '../common/errors.js';
import { checkMethods } from '../common/options.js';
import type { Registry } from '../metrics/index.js';

/** Levels at which a request can be logged. */
export type RequestLogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal';

/** What a logger needs to be able to do to write request lines. Telltale's logger does, and so does pino. */
export type RequestLogger = {
  readonly [Level in RequestLogLevel]: (fields: object, message: string) => void;
};

/**
 * What an instrumentation tells with. What `createTelemetry` returns fits as it is; each signal may be left
 * out, so `{ tracer }` alone makes spans only, `{ registry }` metrics only and `{ logger }` lines only.
 */
export interface HttpSignals {
  /** Makes the spans. */
  readonly tracer?: Tracer;
  /** Writes a line a request. */
  readonly logger?: RequestLogger;
  /** Holds the metrics. */
  readonly registry?: Registry;
  /** Makes the span of a request current. Default: the context manager of this process. */
  readonly contextManager?: ContextManager;
  /** Reads and writes trace headers. Without one every request starts a trace of its own. */
  readonly propagator?: TextMapPropagator;
  /** Default: the host's clock. */
  readonly clock?: Clock;
  /** Told of hooks that throw. Default: process warnings. */
  readonly diagnostics?: Diagnostics;
}

/** The signals with every default filled in. */
export interface Signals {
  readonly tracer: Tracer | undefined;
  readonly logger: RequestLogger | undefined;
  readonly registry: Registry | undefined;
  readonly contextManager: ContextManager;
  readonly propagator: TextMapPropagator | undefined;
  readonly clock: Clock;
  readonly diagnostics: Diagnostics;
}

/** Checks what the user handed in as telemetry and fills in the defaults. */
export function resolveSignals(owner: string, telemetry: HttpSignals): Signals {
  if (telemetry === null || typeof telemetry !== 'object') {
    throw new TelltaleError(
      `${owner}: telemetry is ${describe(telemetry)}; accepted: what createTelemetry returns, or an object ` +
        'with any of tracer, logger, registry',
      'telemetry',
    );
  }
  const { tracer, logger, registry, propagator, clock, diagnostics } = telemetry;
  const contextManager = telemetry.contextManager ?? processContextManager();
  if (tracer !== undefined) checkMethods(owner, 'telemetry.tracer', tracer, ['startSpan']);
  if (logger !== undefined) checkMethods(owner, 'telemetry.logger', logger, ['info', 'warn', 'error']);
  if (registry !== undefined) {
    checkMethods(owner, 'telemetry.registry', registry, ['getOrCreate']);
  }
  if (propagator !== undefined) {
    checkMethods(owner, 'telemetry.propagator', propagator, ['inject', 'extract', 'fields']);
  }
  checkMethods(owner, 'telemetry.contextManager', contextManager, ['active', 'with']);
  return {
    tracer,
    logger,
    registry,
    contextManager,
    propagator,
    clock: clock ?? systemClock,
    diagnostics: diagnostics ?? new Diagnostics(),
  };
}
