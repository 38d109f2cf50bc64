import type { Clock } from '../common/clock.js';

/** Milliseconds by which the wall clock may stray from the monotonic one before it counts as having been set. */
const TOLERANCE_MS = 5_000;

/**
 * Wall-clock time that never goes back, for putting counts into buckets.
 *
 * When the wall clock is set back, time goes on from where it was; a later step forward is first taken as making up
 * for that. Any other step forward is believed: the machine slept, or its clock was wrong before.
 */
export class SteadyTime {
  readonly #clock: Clock;
  #ahead = 0;
  #last: number;
  #monotonic: number;
  /** How often the wall clock was set. */
  steps = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#last = clock.now();
    this.#monotonic = clock.monotonic();
  }

  now(): number {
    const wall = this.#clock.now();
    const monotonic = this.#clock.monotonic();
    const expected = this.#last + (monotonic - this.#monotonic);
    const step = wall + this.#ahead - expected;
    if (Math.abs(step) > TOLERANCE_MS) {
      this.steps++;
      this.#ahead = Math.max(0, this.#ahead - step);
    }
    this.#monotonic = monotonic;
    this.#last = Math.max(this.#last, wall + this.#ahead);
    return this.#last;
  }
}
