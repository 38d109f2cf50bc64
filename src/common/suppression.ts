import type { Context, ContextManager } from '@opentelemetry/api';
import { processContexts, rootContext } from './context.js';
import { API_GLOBALS } from './otel-keys.js';

/** The key that OpenTelemetry's `suppressTracing` sets; its keys are registered symbols, so ours is the same. */
const SUPPRESS_KEY = /* @__PURE__ */ Symbol.for('OpenTelemetry SDK Context Key SUPPRESS_TRACING');

/** What somebody registered with the API, which need not be loaded to be asked. */
interface ApiGlobals {
  [API_GLOBALS]?: { readonly context?: ContextManager };
}

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
  const manager = (globalThis as ApiGlobals)[API_GLOBALS]?.context;
  const inOurs = (): R => processContexts().with(quiet, fn);
  return manager === undefined ? inOurs() : manager.with(quiet, inOurs);
}
