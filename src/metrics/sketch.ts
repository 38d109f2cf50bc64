/**
 * A sketch of the distribution of numbers that answers quantiles to within a relative error of 1 %, in bounded
 * memory: counts in buckets whose bounds grow by a constant factor (DDSketch: Masson, Rim and Lee, VLDB 2019).
 * Two sketches merge into the sketch of all their numbers without any further error. What it holds depends on the
 * numbers alone, not on their order; so the sign of a zero is not kept.
 */
export class Sketch {
  readonly #positive = new Store();
  readonly #negative = new Store();
  #zero = 0;
  #min = Infinity;
  #max = -Infinity;
  count = 0;

  /** Takes in a finite number. */
  add(value: number): void {
    this.count++;
    if (value < this.#min) this.#min = value;
    if (value > this.#max) this.#max = value;
    if (value > TINY) this.#positive.add(keyOf(value), 1);
    else if (value < -TINY) this.#negative.add(keyOf(-value), 1);
    else this.#zero++;
  }

  /** Takes in all that the other holds. */
  merge(other: Sketch): void {
    this.count += other.count;
    this.#min = Math.min(this.#min, other.#min);
    this.#max = Math.max(this.#max, other.#max);
    this.#zero += other.#zero;
    this.#positive.merge(other.#positive);
    this.#negative.merge(other.#negative);
  }

  /** All that it holds, as plain numbers; `Sketch.of` reads them. */
  state(): SketchState {
    const { count } = this;
    const [positive, negative] = [this.#positive.entries(), this.#negative.entries()];
    return { count, zero: this.#zero, min: this.#min + 0, max: this.#max + 0, positive, negative };
  }

  static of(state: SketchState): Sketch {
    const sketch = new Sketch();
    sketch.count = state.count;
    sketch.#zero = state.zero;
    sketch.#min = state.min;
    sketch.#max = state.max;
    // From the greatest down, so that room is made once.
    for (const [key, count] of [...state.positive].reverse()) sketch.#positive.add(key, count);
    for (const [key, count] of [...state.negative].reverse()) sketch.#negative.add(key, count);
    return sketch;
  }

  clear(): void {
    this.count = 0;
    this.#min = Infinity;
    this.#max = -Infinity;
    this.#zero = 0;
    this.#positive.clear();
    this.#negative.clear();
  }

  /**
   * The number below which the share `q` of all numbers lies: the one of rank `⌊q · (count − 1)⌋` when they are
   * sorted. NaN when there are none.
   */
  quantile(q: number): number {
    if (this.count === 0) return Number.NaN;
    const rank = Math.floor(q * (this.count - 1));
    if (rank === 0) return this.#min + 0;
    if (rank === this.count - 1) return this.#max + 0;
    return Math.min(Math.max(this.#atRank(rank), this.#min), this.#max) + 0;
  }

  #atRank(rank: number): number {
    const negatives = this.#negative.count;
    if (rank < negatives) return -middleOf(this.#negative.keyAt(negatives - 1 - rank));
    if (rank < negatives + this.#zero) return 0;
    return middleOf(this.#positive.keyAt(rank - negatives - this.#zero));
  }
}

/** What a sketch holds: counts by key, ascending. */
export interface SketchState {
  readonly count: number;
  readonly zero: number;
  readonly min: number;
  readonly max: number;
  readonly positive: readonly (readonly [key: number, count: number])[];
  readonly negative: readonly (readonly [key: number, count: number])[];
}

// As literals, which bundlers can leave out where nobody uses them.
/** (1 + α) / (1 − α) for an error α of 0.99 %: a little below 1 %, so that rounding on the way does not add up to more. */
const GAMMA = 1.01999798000202;
/** 1 / ln γ */
const PER_LOG = 50.50340046192384;
/** What is nearer to zero counts as zero; logarithms of subnormal numbers are not exact enough. */
const TINY = 2.2250738585072014e-308;

/** Bucket `k` holds (γ^(k−1), γ^k]. */
function keyOf(magnitude: number): number {
  return Math.ceil(Math.log(magnitude) * PER_LOG);
}

/** The number whose relative distance to both ends of the bucket is the same. */
function middleOf(key: number): number {
  return Math.min((2 * Math.exp((key - 1) / PER_LOG) * GAMMA) / (1 + GAMMA), Number.MAX_VALUE);
}

/** Buckets of one sign at most: from the greatest down over 17 powers of ten; below that they are one. */
const MAX_KEYS = 2048;
/** Keys made room for around one that is new. */
const SPARE = 16;

/**
 * Counts by key, in an array that covers the keys seen.
 *
 * Whoever reads finds all that lies below the floor, the key `MAX_KEYS − 1` below the greatest, at the floor. The
 * array is longer by `SPARE` and ends at most `SPARE − 1` above the greatest key, so its first place lies below the
 * floor when it is full, and takes what lies below itself. So what is read does not depend on the order of adding.
 */
class Store {
  count = 0;
  #counts: number[] = [];
  #offset = 0;

  add(key: number, count: number): void {
    this.count += count;
    const i = key - this.#offset;
    if (i >= 0 && i < this.#counts.length) this.#counts[i]! += count;
    else {
      const made = this.#makeRoom(key);
      this.#counts[made]! += count;
    }
  }

  merge(other: Store): void {
    // From the greatest down, so that room is made once.
    for (let i = other.#counts.length - 1; i >= 0; i--) {
      if (other.#counts[i]! > 0) this.add(i + other.#offset, other.#counts[i]!);
    }
  }

  entries(): [key: number, count: number][] {
    const entries: [number, number][] = [];
    const floor = this.#floor();
    let below = 0;
    for (let i = 0; i < this.#counts.length; i++) {
      const count = this.#counts[i]!;
      if (i < floor) below += count;
      else if (i === floor && below + count > 0) entries.push([i + this.#offset, below + count]);
      else if (count > 0) entries.push([i + this.#offset, count]);
    }
    return entries;
  }

  clear(): void {
    this.count = 0;
    this.#counts = [];
  }

  /** The key of the number of that rank. */
  keyAt(rank: number): number {
    const floor = this.#floor();
    let seen = 0;
    for (let i = 0; i < this.#counts.length; i++) {
      seen += this.#counts[i]!;
      if (seen > rank) return Math.max(i, floor) + this.#offset;
    }
    return this.#counts.length - 1 + this.#offset;
  }

  /** The index of the floor; negative where the array begins above it. Found when read, so that adding is quick. */
  #floor(): number {
    let greatest = this.#counts.length - 1;
    while (greatest > 0 && this.#counts[greatest] === 0) greatest--;
    return greatest - MAX_KEYS + 1;
  }

  /** Widens the array to cover a key outside it, and gives the index of that key. */
  #makeRoom(key: number): number {
    const old = this.#counts;
    const oldOffset = this.#offset;
    const oldEnd = oldOffset + old.length;
    if (old.length === MAX_KEYS + SPARE && key < oldOffset) return 0;
    let start = oldOffset;
    let end = oldEnd;
    if (old.length === 0 || key < start) start = key - SPARE;
    if (old.length === 0 || key >= end) end = key + SPARE;
    start = Math.max(start, end - MAX_KEYS - SPARE);
    this.#offset = start;
    this.#counts = new Array<number>(end - start).fill(0);
    for (let i = 0; i < old.length; i++) this.#counts[Math.max(i + oldOffset - start, 0)]! += old[i]!;
    return Math.max(key - start, 0);
  }
}
