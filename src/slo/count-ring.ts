/** How many good and how many bad there were. Fractions come from ratio time slices only. */
export interface Counts {
  good: number;
  bad: number;
}

/** Milliseconds of a bucket on the finest level. */
export const FINEST_MS = 10_000;

const HOUR_MS = 3_600_000;

/** Buckets at most of the level that holds the whole window. */
const WHOLE_BUCKETS = 1440;

/**
 * Counts over time, in buckets of three sizes: 10 s for two hours, one minute for 25 hours, and a 1440th of the
 * objective's window (30 minutes for 30 days) for all of it. A question is answered from the finest level that
 * reaches back far enough, so the windows of the burn rates are exact to 10 s or 1 minute, and every count is exact.
 *
 * A bucket is two doubles: an objective over 30 days takes 58 kB.
 */
export class CountRing {
  readonly #levels: readonly Level[];

  /** @param longest Milliseconds that it reaches back. */
  constructor(longest: number) {
    const spans: readonly (readonly [step: number, span: number])[] = [
      [FINEST_MS, 2 * HOUR_MS],
      [60_000, 25 * HOUR_MS],
      [roundUp(longest / WHOLE_BUCKETS, 60_000), longest],
    ];
    // A level is of use where the one before it does not reach so far.
    this.#levels = spans
      .filter((_, i) => i === 0 || spans[i - 1]![1] < longest)
      .map(([step, span]) => new Level(step, Math.min(span, longest)));
  }

  /** Bytes of all buckets. */
  get bytes(): number {
    return this.#levels.reduce((sum, level) => sum + level.bytes, 0);
  }

  /** Counts at a moment. Moments that come late, but still lie within a level, go where they belong. */
  add(time: number, good: number, bad: number): void {
    for (const level of this.#levels) level.add(time, good, bad);
  }

  /**
   * What was counted in the last `length` milliseconds before `now`, to a bucket of the level that answers: the finest
   * that reaches back over `reach`.
   */
  sum(now: number, length: number, reach: number = length): Counts {
    const last = this.#levels.length - 1;
    const level = this.#levels.find(({ span }, i) => i === last || span >= reach)!;
    return level.sum(now, length);
  }

  /** The buckets of the coarsest level in the last `length` milliseconds, the oldest first. */
  history(now: number, length: number): { step: number; buckets: readonly (Counts & { time: number })[] } {
    const level = this.#levels.at(-1)!;
    return { step: level.step, buckets: level.buckets(now, length) };
  }

  /** Everything that was counted, for a snapshot. */
  save(): SavedLevel[] {
    return this.#levels.map((level) => level.save());
  }

  /**
   * Takes up what was saved. Where the objective's window has changed meanwhile, and with it the size of a bucket,
   * the finest counts there are of each time are taken; a bucket that two sizes cut differently is left out.
   *
   * @param late Milliseconds by which the clock was ahead when it was saved. Buckets of a time to come would hide
   *   those of today until that time has come; they are moved back by as much.
   */
  restore(saved: readonly SavedLevel[], late = 0): void {
    for (const level of this.#levels) {
      const same = saved.find(({ step }) => step === level.step);
      let taken = Infinity;
      for (const { step, from, buckets } of same === undefined ? saved : [same]) {
        const back = Math.ceil(late / step) * step;
        for (const [slot, good, bad] of buckets) {
          if ((slot + 1) * step <= taken) level.add(Math.max(0, slot * step - back), good, bad);
        }
        taken = Math.min(taken, from);
      }
    }
  }
}

/** The buckets of one level that are not empty: their number since the epoch, good and bad. */
export interface SavedLevel {
  readonly step: number;
  /** Milliseconds since the epoch from which on it knows of everything. */
  readonly from: number;
  readonly buckets: readonly (readonly [slot: number, good: number, bad: number])[];
}

class Level {
  readonly step: number;
  readonly span: number;
  readonly #good: Float64Array;
  readonly #bad: Float64Array;
  /** The newest bucket, counted from the epoch. */
  #head = -1;

  constructor(step: number, span: number) {
    this.step = step;
    this.span = span;
    // One more than the span holds: the newest is never full.
    const slots = Math.ceil(span / step) + 1;
    this.#good = new Float64Array(slots);
    this.#bad = new Float64Array(slots);
  }

  get bytes(): number {
    return this.#good.byteLength + this.#bad.byteLength;
  }

  add(time: number, good: number, bad: number): void {
    const slot = Math.floor(time / this.step);
    this.#advance(slot);
    if (slot <= this.#head - this.#good.length) return;
    this.#good[slot % this.#good.length]! += good;
    this.#bad[slot % this.#bad.length]! += bad;
  }

  sum(now: number, length: number): Counts {
    let good = 0;
    let bad = 0;
    const [first, last] = this.#slots(now, length);
    for (let slot = first; slot <= last; slot++) {
      good += this.#good[slot % this.#good.length]!;
      bad += this.#bad[slot % this.#bad.length]!;
    }
    return { good, bad };
  }

  buckets(now: number, length: number): (Counts & { time: number })[] {
    const [first, last] = this.#slots(now, length);
    const buckets = [];
    for (let slot = first; slot <= last; slot++) {
      const at = slot % this.#good.length;
      buckets.push({ time: slot * this.step, good: this.#good[at]!, bad: this.#bad[at]! });
    }
    return buckets;
  }

  save(): SavedLevel {
    const buckets: [number, number, number][] = [];
    for (let slot = Math.max(0, this.#head - this.#good.length + 1); slot <= this.#head; slot++) {
      const at = slot % this.#good.length;
      if (this.#good[at] !== 0 || this.#bad[at] !== 0) buckets.push([slot, this.#good[at]!, this.#bad[at]!]);
    }
    return { step: this.step, from: Math.max(0, this.#head - this.#good.length + 1) * this.step, buckets };
  }

  /** The buckets that make up a window: as many as fit into its length, the newest among them. */
  #slots(now: number, length: number): readonly [first: number, last: number] {
    const last = Math.floor(now / this.step);
    const first = Math.ceil((now - length) / this.step);
    return [Math.max(0, first, this.#head - this.#good.length + 1), Math.min(last, this.#head)];
  }

  #advance(slot: number): void {
    if (slot <= this.#head) return;
    const slots = this.#good.length;
    for (let next = Math.max(this.#head + 1, slot - slots + 1); next <= slot; next++) {
      this.#good[next % slots] = 0;
      this.#bad[next % slots] = 0;
    }
    this.#head = slot;
  }
}

function roundUp(value: number, unit: number): number {
  return Math.max(1, Math.ceil(value / unit)) * unit;
}
