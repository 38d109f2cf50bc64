import type { Span } from '@opentelemetry/api';
import { exceptionMessage } from './exception.js';
import { ERROR } from './span.js';

/** Ends the span of callback code, as an error where it is given one. Later calls do nothing. */
export type SpanDone = (error?: unknown) => void;

/** Calls a function with a span current. */
export type RunWithin = <T>(step: () => T) => T;

/** Ends a span, unless the code inside has ended it already. */
export function end(span: Span): void {
  if (span.isRecording()) span.end();
}

/** Ends a span with what was thrown in it. */
export function fail(span: Span, error: unknown): void {
  if (!span.isRecording()) return;
  span.recordException(error as Error);
  span.setStatus({ code: ERROR, message: exceptionMessage(error) });
  span.end();
}

export function doneOf(span: Span): SpanDone {
  return (error) => (error === undefined || error === null ? end(span) : fail(span, error));
}

/**
 * Ends a span when what its function gave back is over: a promise, a generator, or any other value at once. What
 * cannot be looked at, because reading it throws, is handed back like any other value.
 */
export function endWith<R>(span: Span, result: R, run: RunWithin): R {
  try {
    if (isThenable(result)) return endWithPromise(span, result) as R;
    if (isGenerator(result)) {
      endWithGenerator(span, result, run);
      return result;
    }
  } catch {}
  end(span);
  return result;
}

/** The same for callback code, which ends the span itself unless its promise is rejected. */
export function endIfRejected(span: Span, result: unknown): void {
  try {
    if (isThenable(result)) result.then(undefined, (error: unknown) => fail(span, error));
  } catch {}
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === 'function';
}

/**
 * A promise is handed back as it is. Another thenable may do its work anew for every `then` (as query builders do),
 * so of that the caller gets what its one `then` gave.
 */
function endWithPromise(span: Span, promise: PromiseLike<unknown>): PromiseLike<unknown> {
  const native = promise instanceof Promise;
  const followed = promise.then(
    (value) => {
      end(span);
      return value;
    },
    (error: unknown) => {
      fail(span, error);
      if (!native) throw error;
    },
  );
  return native ? promise : followed;
}

type Step = (...args: unknown[]) => unknown;
type Steps = Record<'next' | 'return' | 'throw', Step>;

/** Only what `function*` makes: an iterator that a function hands back, of a `Map` say, may never be used. */
function isGenerator(value: unknown): value is Steps {
  const tag = (value as { [Symbol.toStringTag]?: unknown } | null | undefined)?.[Symbol.toStringTag];
  return tag === 'Generator' || tag === 'AsyncGenerator';
}

/** Each step of the generator runs with the span current, and its last ends the span. */
function endWithGenerator(span: Span, generator: Steps, run: RunWithin): void {
  const stepped = (result: unknown): void => {
    if ((result as IteratorResult<unknown>).done) end(span);
  };
  for (const method of ['next', 'return', 'throw'] as const) {
    const step = generator[method];
    generator[method] = (...args) => {
      try {
        const result = run(() => step.apply(generator, args));
        if (isThenable(result)) result.then(stepped, (error) => fail(span, error));
        else stepped(result);
        return result;
      } catch (error) {
        fail(span, error);
        throw error;
      }
    };
  }
}
