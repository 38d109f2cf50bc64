import { coarser, type ExponentialBuckets, NO_BUCKETS, trimmed } from './exponential-data.js';

/** Counts by bucket, of one sign, in an array that covers the buckets seen and never more than its limit. */
export class ExponentialCounts {
  #offset = 0;
  #counts: number[] = [];

  /** Counts one in that bucket, if it can be covered; `false` where that takes more buckets than the limit. */
  add(index: number, limit: number): boolean {
    const i = index - this.#offset;
    if (i >= 0 && i < this.#counts.length) {
      this.#counts[i]!++;
      return true;
    }
    return this.#widen(index, limit);
  }

  /** By how many steps the scale has to go down for that bucket to be covered as well. */
  excess(index: number, limit: number): number {
    const { offset, counts } = this.read();
    let low = counts.length === 0 ? index : Math.min(offset, index);
    let high = counts.length === 0 ? index : Math.max(offset + counts.length - 1, index);
    let by = 0;
    while (high - low >= limit) {
      low >>= 1;
      high >>= 1;
      by++;
    }
    return by;
  }

  downscale(by: number): void {
    const { offset, counts } = coarser(this.read(), by);
    this.#offset = offset;
    this.#counts = [...counts];
  }

  read(): ExponentialBuckets {
    return this.#counts.length === 0 ? NO_BUCKETS : trimmed(this.#offset, this.#counts);
  }

  #widen(index: number, limit: number): boolean {
    const { offset, counts } = this.read();
    const low = counts.length === 0 ? index : Math.min(offset, index);
    const high = counts.length === 0 ? index : Math.max(offset + counts.length - 1, index);
    const span = high - low + 1;
    if (span > limit) return false;
    // As much room again on both sides as is needed now, so that a range that grows does not copy at each step.
    const size = Math.min(Math.max(2 * span, 8), limit);
    const start = low - ((size - span) >> 1);
    const wider = new Array<number>(size).fill(0);
    for (let i = 0; i < counts.length; i++) wider[offset - start + i] = counts[i]!;
    wider[index - start]!++;
    this.#offset = start;
    this.#counts = wider;
    return true;
  }
}
