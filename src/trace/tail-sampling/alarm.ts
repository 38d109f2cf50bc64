import type { Clock, Timer } from '../../common/clock.js';

/** One timer for everything that falls due: it runs at the earliest of the moments that were asked for. */
export class Alarm {
  readonly #clock: Clock;
  readonly #ring: () => void;
  #timer: Timer | undefined;
  #at = Infinity;
  #silent = false;

  constructor(clock: Clock, ring: () => void) {
    this.#clock = clock;
    this.#ring = ring;
  }

  /** Rings at that moment of the monotonic clock, or before, where somebody asked for that. */
  wake(at: number): void {
    if (at >= this.#at || this.#silent) return;
    this.#timer?.cancel();
    this.#at = at;
    this.#timer = this.#clock.setTimeout(this.#onTime, Math.max(0, at - this.#clock.monotonic()));
  }

  /** Rings no more. */
  silence(): void {
    this.#silent = true;
    this.#timer?.cancel();
  }

  readonly #onTime = (): void => {
    this.#at = Infinity;
    this.#ring();
  };
}
