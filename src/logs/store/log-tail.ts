import type { LogEntry } from './log-entry.js';

/**
 * Records as they arrive: `for await (const entry of tail)`. Ends when the loop is left, at `return()`, when its
 * signal aborts, and when the store is shut down.
 */
export class LogTail implements AsyncIterableIterator<LogEntry, undefined> {
  /** Records that were left out because nobody took them in time. */
  dropped = 0;
  readonly #maxWaiting: number;
  readonly #ended: (tail: LogTail) => void;
  #waiting: LogEntry[] = [];
  #takers: ((result: IteratorResult<LogEntry, undefined>) => void)[] = [];
  #isOver = false;

  /** @internal */
  constructor(maxWaiting: number, ended: (tail: LogTail) => void) {
    this.#maxWaiting = maxWaiting;
    this.#ended = ended;
  }

  /** @internal */
  push(entry: LogEntry): void {
    const taker = this.#takers.shift();
    if (taker !== undefined) {
      taker({ done: false, value: entry });
      return;
    }
    if (this.#waiting.length >= this.#maxWaiting) {
      this.#waiting.shift();
      this.dropped++;
    }
    this.#waiting.push(entry);
  }

  next(): Promise<IteratorResult<LogEntry, undefined>> {
    const value = this.#waiting.shift();
    if (value !== undefined) return Promise.resolve({ done: false, value });
    if (this.#isOver) return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve) => this.#takers.push(resolve));
  }

  /** No more will come; what waits can still be taken. */
  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#ended(this);
    for (const taker of this.#takers.splice(0)) taker({ done: true, value: undefined });
  }

  return(): Promise<IteratorResult<LogEntry, undefined>> {
    this.#waiting = [];
    this.end();
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
