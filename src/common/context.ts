import { AsyncLocalStorage } from 'node:async_hooks';
import type { Context, ContextManager, Span } from '@opentelemetry/api';
import { ROOT_CONTEXT } from '@opentelemetry/api';

/** The key under which the OpenTelemetry API keeps the span of a context; its keys are registered symbols. */
const SPAN_KEY = Symbol.for('OpenTelemetry Context Key SPAN');

interface Entry {
  readonly key: symbol;
  readonly value: unknown;
  readonly next: Entry | undefined;
}

/**
 * An immutable OpenTelemetry `Context`. The API's own copies a `Map` on every `setValue`; this one keeps the
 * span in a field and the rest in a linked list, so making one span current costs one small object, and a
 * context never holds the spans that were current before it.
 */
class LinkedContext implements Context {
  constructor(
    readonly span: Span | undefined,
    readonly entries: Entry | undefined,
  ) {}

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
    if (key === SPAN_KEY) return new LinkedContext(undefined, this.entries);
    return new LinkedContext(this.span, without(this.entries, key));
  }
}

/** The span that is current in a context, whoever made the context. */
export function spanOf(context: Context): Span | undefined {
  return context instanceof LinkedContext ? context.span : (context.getValue(SPAN_KEY) as Span | undefined);
}

/** The context with another span current, whoever made the context. */
export function withSpan(context: Context, span: Span | undefined): Context {
  if (context instanceof LinkedContext) return new LinkedContext(span, context.entries);
  if (context === ROOT_CONTEXT) return new LinkedContext(span, undefined);
  return context.setValue(SPAN_KEY, span);
}

/** An empty context whose later `setValue` calls take the fast path. */
export const rootContext: Context = new LinkedContext(undefined, undefined);

/** Whatever has `on` and its kin: contexts can be bound to its listeners. */
interface EmitterLike {
  on(event: string | symbol, listener: (...args: unknown[]) => void): unknown;
  removeListener(event: string | symbol, listener: (...args: unknown[]) => void): unknown;
}

/**
 * The OpenTelemetry `ContextManager` on `AsyncLocalStorage`: the context follows `await`, timers, streams and
 * callbacks by itself, and `bind` carries it where Node cannot know (pools, queues, emitters, iterators).
 */
export class AsyncLocalContextManager implements ContextManager {
  readonly #storage: AsyncLocalStorage<Context>;

  constructor(storage: AsyncLocalStorage<Context> = new AsyncLocalStorage()) {
    this.#storage = storage;
  }

  active(): Context {
    return this.#storage.getStore() ?? ROOT_CONTEXT;
  }

  with<A extends unknown[], F extends (...args: A) => ReturnType<F>>(
    context: Context,
    fn: F,
    thisArg?: ThisParameterType<F>,
    ...args: A
  ): ReturnType<F> {
    if (thisArg === undefined && args.length === 0) {
      return this.#storage.run(context, fn as unknown as () => ReturnType<F>);
    }
    return this.#storage.run(context, () => fn.apply(thisArg, args));
  }

  /**
   * Carries a context into a target: a function runs in it, an `EventEmitter` calls the listeners that are
   * added from now on in it, an iterator or generator takes each of its steps in it. Any other target is
   * returned as it is.
   */
  bind<T>(context: Context, target: T): T {
    if (typeof target === 'function') return this.#bindFunction(context, target as never);
    if (isEmitter(target)) return this.#bindEmitter(context, target);
    if (isIterator(target)) return this.#bindIterator(context, target);
    return target;
  }

  enable(): this {
    return this;
  }

  /** Forgets the current context; the manager can go on being used. */
  disable(): this {
    this.#storage.disable();
    return this;
  }

  #bindFunction<F extends (...args: unknown[]) => unknown>(context: Context, fn: F): F {
    const storage = this.#storage;
    const bound = function (this: unknown, ...args: unknown[]): unknown {
      return storage.run(context, () => fn.apply(this, args));
    };
    Object.defineProperty(bound, 'length', { configurable: true, value: fn.length });
    return bound as F;
  }

  #bindEmitter<T extends EmitterLike>(context: Context, emitter: T): T {
    const bound = new WeakMap<object, (...args: unknown[]) => void>();
    const target = emitter as Record<string, unknown>;
    // `once` is not in the list: Node's own `once` adds its wrapper through `on`.
    for (const method of ['on', 'addListener', 'prependListener', 'off', 'removeListener']) {
      const original = target[method];
      if (typeof original !== 'function') continue;
      const adds = method !== 'off' && method !== 'removeListener';
      target[method] = (event: string | symbol, listener: (...args: unknown[]) => void): unknown => {
        let own = bound.get(listener);
        if (own === undefined && adds) {
          own = this.#bindFunction(context, listener as never) as (...args: unknown[]) => void;
          // Node finds the wrapper of `once` by this property when the user removes the listener.
          Object.assign(own, { listener: (listener as { listener?: unknown }).listener ?? listener });
          bound.set(listener, own);
        }
        // What is removed is found by its `listener`, except the wrapper of `once`, which removes itself.
        const wrapped = adds || (listener as { listener?: unknown }).listener !== undefined;
        return original.call(emitter, event, wrapped ? (own ?? listener) : listener);
      };
    }
    return emitter;
  }

  #bindIterator<T extends Iterator<unknown> | AsyncIterator<unknown>>(context: Context, iterator: T): T {
    const target = iterator as unknown as Record<string, unknown>;
    for (const method of ['next', 'return', 'throw']) {
      const step = target[method];
      if (typeof step !== 'function') continue;
      target[method] = this.#bindFunction(context, step as (...args: unknown[]) => unknown);
    }
    return iterator;
  }
}

/**
 * The context manager of this process. It is kept under a registered symbol, so that the ESM and the CJS copy
 * of telltale in one process see the same context; it holds nothing until somebody makes a context current.
 */
export function processContextManager(): AsyncLocalContextManager {
  const holder = globalThis as { [PROCESS_CONTEXT]?: AsyncLocalContextManager };
  holder[PROCESS_CONTEXT] ??= new AsyncLocalContextManager();
  return holder[PROCESS_CONTEXT];
}

const PROCESS_CONTEXT = Symbol.for('telltale.context.1');

function without(entries: Entry | undefined, key: symbol): Entry | undefined {
  if (entries === undefined) return undefined;
  if (entries.key === key) return entries.next;
  const next = without(entries.next, key);
  return next === entries.next ? entries : { key: entries.key, value: entries.value, next };
}

function isEmitter(target: unknown): target is EmitterLike {
  const emitter = target as Partial<EmitterLike> | null;
  return (
    typeof target === 'object' &&
    typeof emitter?.on === 'function' &&
    typeof emitter.removeListener === 'function'
  );
}

function isIterator(target: unknown): target is Iterator<unknown> {
  return (
    typeof target === 'object' && typeof (target as Partial<Iterator<unknown>> | null)?.next === 'function'
  );
}
