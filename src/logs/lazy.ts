/** A value that is worked out when a line is written, and never for lines that are not. */
export interface Lazy<T> {
  toJSON(): T;
}

/**
 * A field that costs something to make.
 *
 * ```ts
 * logger.debug('cart', { total, items: lazy(() => cart.describe()) });
 * logger.debug('cart', () => ({ total, items: cart.describe() }));   // the same for all fields at once
 * ```
 *
 * The function is called once at most. What it throws stands in the line: `"[Throws: message]"`.
 */
export function lazy<T>(make: () => T): Lazy<T> {
  let made: { readonly value: T } | undefined;
  return {
    toJSON() {
      made ??= { value: make() };
      return made.value;
    },
  };
}
