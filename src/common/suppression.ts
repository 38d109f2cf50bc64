import type { Context } from '@opentelemetry/api';

/** The key that OpenTelemetry's `suppressTracing` sets; its keys are registered symbols, so ours is the same. */
const SUPPRESS_KEY = Symbol.for('OpenTelemetry SDK Context Key SUPPRESS_TRACING');

/** A context in which no telemetry is made: exporters run in it, so that sending spans makes no spans. */
export function suppressTelemetry(context: Context): Context {
  return context.setValue(SUPPRESS_KEY, true);
}

export function isTelemetrySuppressed(context: Context): boolean {
  return context.getValue(SUPPRESS_KEY) === true;
}
