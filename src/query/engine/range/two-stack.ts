/**
 * Keeps an aggregate of a window that slides, in time linear in the samples that pass through it, for aggregates
 * that can be joined but not taken apart again (a sum in floating point, a minimum).
 *
 * The window is cut in two. Of the older part, the aggregates of all its tails are known; the newer part has one
 * running aggregate, and the two are joined on demand. When the window leaves the older part behind, the newer
 * part becomes the older one: each sample is looked at twice at most. The first window of a series has no older
 * part, so that its samples are taken in strictly in order.
 */
export interface SlidingAggregate {
  /** Empties the running aggregate. */
  clear(): void;
  /** Takes one more sample into the running aggregate. */
  push(index: number): void;
  /** Works out the aggregates of the tails `[i, end)` for every i from `low` on. */
  tails(low: number, end: number): void;
}

export class TwoStackWindow {
  readonly #aggregate: SlidingAggregate;
  #middle = 0;
  #end = 0;

  constructor(aggregate: SlidingAggregate) {
    this.#aggregate = aggregate;
  }

  /** Where the newer part begins: the tail of the older part starts at the window's `low` if that is smaller. */
  get middle(): number {
    return this.#middle;
  }

  begin(): void {
    this.#middle = 0;
    this.#end = 0;
    this.#aggregate.clear();
  }

  /** Moves the window; neither end may go back. */
  slide(low: number, high: number): void {
    if (low >= this.#end) {
      this.#middle = low;
      this.#end = low;
      this.#aggregate.clear();
    } else if (low > this.#middle) {
      this.#aggregate.tails(low, this.#end);
      this.#aggregate.clear();
      this.#middle = this.#end;
    }
    for (; this.#end < high; this.#end++) this.#aggregate.push(this.#end);
  }
}
