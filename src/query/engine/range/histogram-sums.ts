import type { FloatHistogram } from '../../histogram/histogram.js';
import type { SampleBuffer } from '../../store/sample-buffer.js';
import { type SlidingAggregate, TwoStackWindow } from './two-stack.js';
import type { Window } from './window.js';

/**
 * Sums over sliding windows of histograms that can be added in any order. Those of different resolutions can; those
 * with zero buckets of different widths cannot, for which buckets the wider one takes in depends on the order.
 */
export class SlidingHistogramSum implements SlidingAggregate {
  #histograms: readonly (FloatHistogram | undefined)[] = [];
  #running: FloatHistogram | undefined;
  /** The sums of the tails of the older part, the shortest first. */
  #tails: FloatHistogram[] = [];
  /** Up to here, each histogram has been compared with the one before; from `#alike` on they go together. */
  #compared = 0;
  #alike = 0;
  readonly #window = new TwoStackWindow(this);

  begin({ histograms }: SampleBuffer): void {
    this.#histograms = histograms;
    this.#tails = [];
    this.#compared = 0;
    this.#alike = 0;
    this.#window.begin();
  }

  clear(): void {
    this.#running = undefined;
  }

  push(index: number): void {
    const next = this.#histograms[index]!;
    this.#running = this.#running === undefined ? next : this.#running.add(next);
  }

  tails(low: number, end: number): void {
    let tail = this.#histograms[end - 1]!;
    this.#tails = [tail];
    for (let i = end - 2; i >= low; i--) {
      tail = this.#histograms[i]!.add(tail);
      this.#tails.push(tail);
    }
  }

  /** The sum of a window that has nothing but histograms; `undefined` where the order of adding them matters. */
  over({ low, high }: Window): FloatHistogram | undefined {
    if (!this.#areAlike(low, high)) return undefined;
    this.#window.slide(low, high);
    const { middle } = this.#window;
    const older = low < middle ? this.#tails[middle - 1 - low]! : undefined;
    const newer = this.#running;
    const sum = older === undefined || newer === undefined ? (older ?? newer)! : older.add(newer);
    return overflows(sum, older, newer) ? undefined : sum;
  }

  #areAlike(low: number, high: number): boolean {
    if (this.#compared <= low) {
      this.#alike = low;
      this.#compared = low + 1;
    }
    for (; this.#compared < high; this.#compared++) {
      const before = this.#histograms[this.#compared - 1]!;
      const current = this.#histograms[this.#compared]!;
      const same = before.zeroThreshold === current.zeroThreshold;
      if (!same || before.incompatibility(current) !== undefined) this.#alike = this.#compared;
    }
    return low >= this.#alike;
  }
}

/** Whether a sum went beyond all numbers, where each order of adding ends differently. NaN stays NaN in any order. */
function overflows(sum: FloatHistogram, ...parts: readonly (FloatHistogram | undefined)[]): boolean {
  if (!Number.isFinite(sum.count)) return true;
  return !Number.isFinite(sum.sum) && !parts.some((part) => part !== undefined && Number.isNaN(part.sum));
}
