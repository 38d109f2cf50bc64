import type { LabelValues } from './labels.js';
import { stopAfter, type Timed, Timer } from './timer.js';

/** What `timed()` returns. */
export interface TimedDecorator {
  /** A method's decorator as ECMAScript has it; and for any function, one that does the same and is measured. */
  <This, A extends unknown[], R>(
    fn: (this: This, ...args: A) => R,
    context?: ClassMethodDecoratorContext<This, (this: This, ...args: A) => R>,
  ): (this: This, ...args: A) => R;
  /** A method's decorator as TypeScript has it under `experimentalDecorators`. */
  (target: object, key: string | symbol, descriptor: PropertyDescriptor): PropertyDescriptor;
}

/**
 * Measures each call of a method or a function, until its promise has settled if it returns one.
 *
 * ```ts
 * class Orders {
 *   \@timed(queryTime, { table: 'orders' })
 *   async find(id: string) { … }
 * }
 * const render = timed(renderTime)(function render(page: Page) { … });
 * ```
 *
 * `labels` may be a function of the call's arguments; one that throws leaves the labels out.
 */
export function timed<L extends string = never>(
  metric: Timed<L> | Timer<L>,
  labels?: LabelValues<L> | ((...args: never[]) => LabelValues<L> | undefined),
): TimedDecorator {
  const timer = metric instanceof Timer ? metric : new Timer<L>(metric);

  function measured<F extends (...args: unknown[]) => unknown>(fn: F): F {
    const wrapper = function (this: unknown, ...args: unknown[]): unknown {
      return stopAfter(timer.start(labelsOf(labels, args)), () => fn.apply(this, args));
    };
    Object.defineProperty(wrapper, 'name', { value: fn.name, configurable: true });
    Object.defineProperty(wrapper, 'length', { value: fn.length, configurable: true });
    return wrapper as F;
  }

  return ((first: never, _context: unknown, descriptor?: PropertyDescriptor) =>
    descriptor === undefined
      ? measured(first)
      : { ...descriptor, value: measured(descriptor.value) }) as TimedDecorator;
}

function labelsOf<L extends string>(
  labels: LabelValues<L> | ((...args: never[]) => LabelValues<L> | undefined) | undefined,
  args: unknown[],
): LabelValues<L> | undefined {
  if (typeof labels !== 'function') return labels;
  try {
    return labels(...(args as never[]));
  } catch {
    return undefined;
  }
}
