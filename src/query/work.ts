import { type Clock, systemClock } from '../common/clock.js';
import { QueryError } from './errors.js';

/** How long a query may hold the event loop before it lets others in, in milliseconds. */
const SLICE = 5;
/** Units of work (samples, mostly) between two looks at the clock: a tenth of a millisecond or two. */
const LOOK_EVERY = 2_000;

export interface WorkLimits {
  /** Samples that may be held at once. */
  readonly maxSamples: number;
  /** Milliseconds. */
  readonly timeout: number;
  readonly signal?: AbortSignal | undefined;
  readonly clock?: Clock | undefined;
}

/**
 * The budget of one query: it counts work done and samples held, and says when to pause. Long loops ask
 * `due(units)` and await `pause()` where that is true; so a query of any size lets the event loop go on, ends
 * at its deadline and can be called off.
 */
export class Work {
  readonly #limits: WorkLimits;
  readonly #clock: Clock;
  readonly #deadline: number;
  #sliceEnd: number;
  #untilLook = LOOK_EVERY;
  #held = 0;
  #touched = 0;

  constructor(limits: WorkLimits) {
    this.#limits = limits;
    this.#clock = limits.clock ?? systemClock;
    const now = this.#clock.monotonic();
    this.#deadline = now + limits.timeout;
    this.#sliceEnd = now + SLICE;
    this.check();
  }

  /** Samples looked at so far. */
  get touched(): number {
    return this.#touched;
  }

  /** Counts work; true where it is time to `pause`. */
  due(units: number): boolean {
    this.#touched += units;
    this.#untilLook -= units;
    if (this.#untilLook > 0) return false;
    this.#untilLook = LOOK_EVERY;
    return this.#clock.monotonic() >= this.#sliceEnd;
  }

  /** Lets everything else in the process have a turn; then throws where the query is over time or called off. */
  async pause(): Promise<void> {
    await new Promise<void>((resolve) => setImmediate(resolve));
    this.#sliceEnd = this.#clock.monotonic() + SLICE;
    this.check();
  }

  /** Throws where the query is over time or called off. */
  check(): void {
    if (this.#limits.signal?.aborted)
      throw new QueryError('canceled', 'query was canceled in expression evaluation');
    if (this.#clock.monotonic() > this.#deadline) {
      const limit = `the limit is ${this.#limits.timeout} ms`;
      throw new QueryError('timeout', `query timed out in expression evaluation: ${limit}`);
    }
  }

  /** Counts samples held in memory; throws where they are too many. */
  hold(samples: number): void {
    this.#held += samples;
    if (this.#held <= this.#limits.maxSamples) return;
    const limit = `the limit is ${this.#limits.maxSamples}`;
    throw new QueryError('execution', `query processing would load too many samples into memory: ${limit}`);
  }

  /** Samples held now. */
  get held(): number {
    return this.#held;
  }

  /** Forgets what was held beyond this many: the samples that led to a result are garbage once it stands. */
  holdOnly(samples: number): void {
    this.#held = 0;
    this.hold(samples);
  }
}
