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

/**
 * Calls a function with its span, and ends the span as `endWith` does, or with what the function throws. Where it
 * declares a second parameter it is callback code.
 */
export function endAfter<R>(span: Span, fn: (span: Span, done: SpanDone) => R, run: RunWithin): R {
  const done = fn.length > 1 ? doneOf(span) : undefined;
  let result: R;
  try {
    result = fn(span, done!);
  } catch (error) {
    fail(span, error);
    throw error;
  }
  return endWith(span, result, run, done);
}

function doneOf(span: Span): SpanDone {
  return (error) => (error === undefined || error === null ? end(span) : fail(span, error));
}

/**
 * Ends a span when what its function gave back is over: a promise, a generator, or any other value at once. What
 * cannot be looked at, because reading it throws, is handed back like any other value.
 *
 * A promise is handed back as it is. Another thenable may do its work anew for every `then` (as query builders do),
 * so of that the caller gets what its one `then` gave.
 *
 * Callback code, which was given `done`, ends the span itself unless its promise is rejected.
 */
function endWith<R>(span: Span, result: R, run: RunWithin, done?: SpanDone): R {
  try {
    if (isThenable(result)) {
      const native = result instanceof Promise;
      const followed = result.then(
        (value) => {
          if (done === undefined) end(span);
          return value;
        },
        (error: unknown) => {
          fail(span, error);
          if (!native) throw error;
        },
      );
      return native ? result : (followed as R);
    }
    if (done !== undefined) return result;
    // Only what `function*` makes: an iterator that a function hands back, of a `Map` say, may never be used.
    const tag = (result as { [Symbol.toStringTag]?: string })[Symbol.toStringTag];
    if (tag === 'Generator' || tag === 'AsyncGenerator') {
      endWithGenerator(span, result as Steps, run);
      return result;
    }
  } catch {}
  end(span);
  return result;
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === 'function';
}

type Step = (...args: unknown[]) => unknown;
type Steps = Record<'next' | 'return' | 'throw', Step>;

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
