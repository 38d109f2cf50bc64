import type { Clock, Timer } from '../../common/clock.js';

/** Reads a target every so often, one reading at a time: one that hangs does not pile up others. */
export class ScrapeLoop {
  readonly #clock: Clock;
  readonly #interval: number;
  readonly #read: () => Promise<void>;
  #timer: Timer | undefined;
  #running: Promise<void> | undefined;
  #stopped = false;

  /** `read` must not reject. Its first call comes after the constructor has returned. */
  constructor(clock: Clock, interval: number, read: () => Promise<void>) {
    this.#clock = clock;
    this.#interval = interval;
    this.#read = read;
    this.#schedule();
  }

  get stopped(): boolean {
    return this.#stopped;
  }

  /** Reads now; whoever asks during a reading waits for that one. */
  scrape(): Promise<void> {
    this.#running ??= this.#read().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  /** Reads no more, and waits for a reading under way, which `interrupt` may call off. `false` the second time. */
  async stop(interrupt?: () => void): Promise<boolean> {
    if (this.#stopped) return false;
    this.#stopped = true;
    this.#timer?.cancel();
    interrupt?.();
    await this.#running;
    return true;
  }

  #schedule(): void {
    if (this.#stopped) return;
    // On multiples of the interval, as all readings of a fleet: regular times cost the store nothing.
    const wait = this.#interval - (this.#clock.now() % this.#interval);
    this.#timer = this.#clock.setTimeout(() => void this.scrape().then(() => this.#schedule()), wait);
  }
}
