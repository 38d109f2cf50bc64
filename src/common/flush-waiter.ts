import type { Clock, Timer } from './clock.js';

/** What `flush` and `shutdown` answer, about the items that were held when they were called. */
export interface FlushResult {
  /** Every item left the queue in time, delivered or dropped. */
  readonly complete: boolean;
  /** Items delivered meanwhile. */
  readonly exported: number;
  /** Items dropped meanwhile, for whatever reason. */
  readonly dropped: number;
  /** Items that were still held when the time was up. */
  readonly pending: number;
}

/** One caller who waits for a known number of items, and not for ever. */
export class FlushWaiter {
  readonly #clock: Clock;
  readonly #timeout: number;
  #pending = 0;
  #exported = 0;
  #dropped = 0;
  #timer: Timer | undefined;
  #keepAlive: NodeJS.Timeout | undefined;
  #resolve: ((result: FlushResult) => void) | undefined;

  constructor(clock: Clock, timeout: number) {
    this.#clock = clock;
    this.#timeout = timeout;
  }

  /** Before the start: so many more items to wait for. */
  wait(items: number): void {
    this.#pending += items;
  }

  start(): Promise<FlushResult> {
    if (this.#pending === 0) return Promise.resolve(this.#result());
    return new Promise((resolve) => {
      this.#resolve = resolve;
      this.#timer = this.#clock.setTimeout(() => this.#settle(), this.#timeout);
      // The clock's timers let the process end. Whoever awaits a flush wants it to live until the answer:
      // Node ends with code 13 where a top-level `await shutdown()` has nothing else to wait for.
      this.#keepAlive = setTimeout(() => {}, Math.min(this.#timeout, 0x7fffffff));
    });
  }

  /** So many of the items have gone, one way or the other. */
  count(exported: number, dropped: number): void {
    this.#exported += exported;
    this.#dropped += dropped;
    this.#pending -= exported + dropped;
    if (this.#pending === 0) this.#settle();
  }

  #settle(): void {
    this.#timer?.cancel();
    clearTimeout(this.#keepAlive);
    this.#resolve?.(this.#result());
    this.#resolve = undefined;
  }

  #result(): FlushResult {
    const pending = this.#pending;
    return { complete: pending === 0, exported: this.#exported, dropped: this.#dropped, pending };
  }
}
