import type { Context, ContextManager, Span } from '@opentelemetry/api';
import { errorType } from './semconv.js';

/** OpenTelemetry's `SpanStatusCode.ERROR`. */
const ERROR = 2;

/**
 * Runs a function with a span current and ends the span when it returns, or when its promise has settled. What it
 * throws or rejects with is recorded, and goes on to the caller.
 */
export function runInSpan<R>(
  contexts: Pick<ContextManager, 'with'>,
  context: Context,
  span: Span,
  fn: () => R,
): R {
  let result: R;
  try {
    result = contexts.with(context, fn);
  } catch (error) {
    fail(span, error);
    throw error;
  }
  if (typeof (result as { then?: unknown } | undefined)?.then !== 'function') {
    span.end();
    return result;
  }
  return (result as PromiseLike<unknown>).then(
    (value) => {
      span.end();
      return value;
    },
    (error: unknown) => {
      fail(span, error);
      throw error;
    },
  ) as R;
}

function fail(span: Span, error: unknown): void {
  span.recordException(error as Error);
  span.setAttribute('error.type', errorType(error));
  span.setStatus({ code: ERROR });
  span.end();
}
