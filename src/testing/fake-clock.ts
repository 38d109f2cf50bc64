import type { Clock, Timer } from '../common/clock.js';

export interface FakeClockOptions {
  /** Wall-clock time at the start, milliseconds since the Unix epoch. Default 2025-01-01T00:00:00Z. */
  now?: number;
}

interface Pending {
  readonly at: number;
  readonly callback: () => void;
  cancelled: boolean;
}

/**
 * A clock that stands still until a test moves it.
 *
 * ```ts
 * const clock = new FakeClock();
 * const queue = new BatchQueue({ clock, … });
 * await clock.advance(5_000); // runs what was due, in order
 * ```
 */
export class FakeClock implements Clock {
  #wall: number;
  #monotonic = 0;
  #pending: Pending[] = [];

  constructor(options: FakeClockOptions = {}) {
    this.#wall = options.now ?? Date.UTC(2025, 0, 1);
  }

  now(): number {
    return this.#wall;
  }

  monotonic(): number {
    return this.#monotonic;
  }

  setTimeout(callback: () => void, ms: number): Timer {
    const pending = { at: this.#monotonic + Math.max(0, ms), callback, cancelled: false };
    this.#pending.push(pending);
    return {
      cancel: () => {
        pending.cancelled = true;
        this.#pending = this.#pending.filter((other) => other !== pending);
      },
    };
  }

  /** Steps the wall clock, forward or back, as an operator or NTP does; monotonic time and timers stay. */
  set(wall: number): void {
    this.#wall = wall;
  }

  /** How many timers are waiting. */
  get pending(): number {
    return this.#pending.length;
  }

  /** Moves time on by `ms` and runs the timers that fall due, in order, each at its own time. */
  advanceSync(ms: number): void {
    const end = this.#monotonic + ms;
    for (let next = this.#nextDue(end); next !== undefined; next = this.#nextDue(end)) this.#run(next);
    this.#moveTo(end);
  }

  /** The same, and lets promises settle before each timer and at the end, so chains of awaits and timers run. */
  async advance(ms: number): Promise<void> {
    const end = this.#monotonic + ms;
    await settle();
    for (let next = this.#nextDue(end); next !== undefined; next = this.#nextDue(end)) {
      this.#run(next);
      await settle();
    }
    this.#moveTo(end);
    await settle();
  }

  #nextDue(end: number): Pending | undefined {
    let next: Pending | undefined;
    for (const pending of this.#pending) {
      if (pending.at <= end && (next === undefined || pending.at < next.at)) next = pending;
    }
    return next;
  }

  #run(next: Pending): void {
    this.#pending = this.#pending.filter((other) => other !== next);
    this.#moveTo(Math.max(next.at, this.#monotonic));
    if (!next.cancelled) next.callback();
  }

  #moveTo(monotonic: number): void {
    this.#wall += monotonic - this.#monotonic;
    this.#monotonic = monotonic;
  }
}

/** Lets everything run that is waiting for a promise, and what that in turn waits for, but no real timer. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise<void>((resolve) => setImmediate(resolve));
}
