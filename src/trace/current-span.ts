import { type Attributes, type Span, type TimeInput, trace } from '@opentelemetry/api';
import { processContexts, spanOf } from '../common/context.js';

/**
 * Adds an event to the span that is current here; nothing where there is none.
 *
 * ```ts
 * addSpanEvent('cache miss', { key });
 * ```
 */
export function addSpanEvent(name: string, attributes?: Attributes, time?: TimeInput): void {
  currentSpan()?.addEvent(name, attributes, time);
}

/** Sets attributes of the span that is current here; nothing where there is none. */
export function setSpanAttributes(attributes: Attributes): void {
  currentSpan()?.setAttributes(attributes);
}

/** The span that is current in this process's context, or in that of the OpenTelemetry API where it is another. */
export function currentSpan(): Span | undefined {
  return spanOf(processContexts().active()) ?? trace.getActiveSpan();
}
