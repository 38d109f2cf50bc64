import { type Context, type ContextManager, ROOT_CONTEXT } from '@opentelemetry/api';
import { ContextStore, processContexts } from './context.js';

/** Whatever has `on` and its kin: contexts can be bound to its listeners. */
interface EmitterLike {
  on(event: string | symbol, listener: (...args: unknown[]) => void): unknown;
  removeListener(event: string | symbol, listener: (...args: unknown[]) => void): unknown;
}

/**
 * The OpenTelemetry `ContextManager` on `AsyncLocalStorage`: the context follows `await`, timers, streams and
 * callbacks by itself, and `bind` carries it where Node cannot know (pools, queues, emitters, iterators).
 */
export class AsyncLocalContextManager extends ContextStore implements ContextManager {
  /** The active context, or the API's `ROOT_CONTEXT`, for which others look where nothing is active. */
  override active(): Context {
    return this.storage.getStore() ?? ROOT_CONTEXT;
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
    this.storage.disable();
    return this;
  }

  #bindFunction<F extends (...args: unknown[]) => unknown>(context: Context, fn: F): F {
    const storage = this.storage;
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

/** The context manager of this process: `processContexts`, with all that the API wants of a manager. */
export function processContextManager(): AsyncLocalContextManager {
  ofProcess ??= new AsyncLocalContextManager(processContexts().storage);
  return ofProcess;
}

let ofProcess: AsyncLocalContextManager | undefined;

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
