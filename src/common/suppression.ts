import { context as activeContext, type Context } from '@opentelemetry/api';
import { processContexts, rootContext } from './context.js';

/** The key that OpenTelemetry's `suppressTracing` sets; its keys are registered symbols, so ours is the same. */
const SUPPRESS_KEY = /* @__PURE__ */ Symbol.for('OpenTelemetry SDK Context Key SUPPRESS_TRACING');

/** A context in which no telemetry is made: exporters run in it, so that sending spans makes no spans. */
export function suppressTelemetry(context: Context): Context {
  return context.setValue(SUPPRESS_KEY, true);
}

export function isTelemetrySuppressed(context: Context): boolean {
  return context.getValue(SUPPRESS_KEY) === true;
}

/**
 * Runs a function outside the caller's context and with telemetry suppressed: what it starts makes no spans,
 * and does not hold on to the request that happened to fill a batch.
 *
 * The context is set twice, in telltale's own manager and in the API's: another SDK may own the latter.
 */
export function withoutTelemetry<R>(fn: () => R): R {
  const quiet = suppressTelemetry(rootContext);
  return activeContext.with(quiet, () => processContexts().with(quiet, fn));
}
