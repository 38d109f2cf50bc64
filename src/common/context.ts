import { AsyncLocalStorage } from 'node:async_hooks';
import type { Context, Span } from '@opentelemetry/api';
import { contextPlace, SPAN_KEY } from './otel-keys.js';

interface Entry {
  readonly key: symbol;
  readonly value: unknown;
  readonly next: Entry | undefined;
}

/**
 * @internal
 * An immutable OpenTelemetry `Context`. The API's own copies a `Map` on every `setValue`; this one keeps the
 * span in a field and the rest in a linked list, so making one span current costs one small object, and a
 * context never holds the spans that were current before it.
 */
export class LinkedContext implements Context {
  // Declared only: a field that is defined empty and then assigned is written twice.
  declare readonly span: Span | undefined;
  declare readonly entries: Entry | undefined;

  constructor(span: Span | undefined, entries: Entry | undefined) {
    this.span = span;
    this.entries = entries;
  }

  getValue(key: symbol): unknown {
    if (key === SPAN_KEY) return this.span;
    for (let entry = this.entries; entry !== undefined; entry = entry.next) {
      if (entry.key === key) return entry.value;
    }
    return undefined;
  }

  setValue(key: symbol, value: unknown): Context {
    if (key === SPAN_KEY) return new LinkedContext(value as Span | undefined, this.entries);
    return new LinkedContext(this.span, { key, value, next: without(this.entries, key) });
  }

  deleteValue(key: symbol): Context {
    return this.setValue(key, undefined);
  }
}

/** The span that is current in a context, whoever made the context. */
export function spanOf(context: Context): Span | undefined {
  return context instanceof LinkedContext ? context.span : (context.getValue(SPAN_KEY) as Span | undefined);
}

/**
 * An empty context whose later `setValue` calls take the fast path. Where nothing is current, telltale's own parts
 * see this one and not the API's `ROOT_CONTEXT`: loggers and metrics need not load the API for it, which takes
 * three times as long as they do.
 */
export const rootContext: Context = /* @__PURE__ */ new LinkedContext(undefined, undefined);

/**
 * The two halves of a `ContextManager` that tracers and loggers need: which context is active, and making one
 * so. The context follows `await`, timers, streams and callbacks by itself, on `AsyncLocalStorage`.
 */
export class ContextStore {
  /** @internal For a manager on the same storage. */
  declare readonly storage: AsyncLocalStorage<Context>;

  constructor(storage: AsyncLocalStorage<Context> = new AsyncLocalStorage()) {
    this.storage = storage;
  }

  active(): Context {
    return this.storage.getStore() ?? rootContext;
  }

  with<A extends unknown[], F extends (...args: A) => ReturnType<F>>(
    context: Context,
    fn: F,
    thisArg?: ThisParameterType<F>,
    ...args: A
  ): ReturnType<F> {
    if (thisArg === undefined && args.length === 0) {
      return this.storage.run(context, fn as unknown as () => ReturnType<F>);
    }
    // Not `run(context, fn, ...args)`, which Node 20 takes 57 ns for, and 50 ns for this.
    return this.storage.run(context, () => fn.apply(thisArg, args));
  }
}

/**
 * The contexts of this process, the same for the ESM and the CJS copy of telltale; nothing is held until somebody
 * makes a context current.
 */
export function processContexts(): ContextStore {
  const place = contextPlace();
  place.manager ??= new ContextStore();
  return place.manager as ContextStore;
}

function without(entries: Entry | undefined, key: symbol): Entry | undefined {
  if (entries === undefined) return undefined;
  if (entries.key === key) return entries.next;
  const next = without(entries.next, key);
  return next === entries.next ? entries : { key: entries.key, value: entries.value, next };
}
