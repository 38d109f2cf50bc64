import { FloatHistogram } from '../../histogram/histogram.js';
import type { SampleBuffer } from '../../store/sample-buffer.js';
import type { KernelContext, Window } from './window.js';

/**
 * Increases over sliding windows of histograms that share their buckets, as those of one target nearly always do:
 * each sample is compared with the one before once, and a window costs no more than the resets in it.
 */
export class HistogramIncreases {
  #buffer: SampleBuffer | undefined;
  #known = false;
  /** Up to each sample: how many have other buckets than the one before, and how many are gauges. */
  #changes = new Int32Array(0);
  #gauges = new Int32Array(0);
  /** The places of those that come after a reset, in order, and how many there are up to each sample. */
  #resets: number[] = [];
  #resetCounts = new Int32Array(0);

  begin(buffer: SampleBuffer): void {
    this.#buffer = buffer;
    this.#known = false;
  }

  /** The increase over a window of at least two histograms; `undefined` where their buckets are not all the same. */
  within(
    { low, high }: Window,
    counter: boolean,
    metric: string,
    { annotations, position }: KernelContext,
  ): FloatHistogram | undefined {
    if (!this.#known) this.#learn();
    if (this.#changes[high - 1] !== this.#changes[low]) return undefined;
    const { histograms } = this.#buffer!;
    let first = histograms[low]!;
    const last = histograms[high - 1]!;
    const gauges = this.#gauges[high - 1]! - this.#gauges[low]! + (first.hint === 'gauge' ? 1 : 0);
    if (counter && gauges > 0) annotations.notCounter(metric, position);
    if (!counter && (first.hint !== 'gauge' || last.hint !== 'gauge')) annotations.notGauge(metric, position);
    let next = this.#resetCounts[low]!;
    const end = this.#resetCounts[high - 1]!;
    // After a reset nothing of the first is left in the second.
    if (counter && next < end && this.#resets[next] === low + 1) {
      first = new FloatHistogram({ schema: first.schema, customValues: first.customValues });
      next++;
    }
    let change = last.subtract(first);
    if (counter) for (; next < end; next++) change = change.add(histograms[this.#resets[next]! - 1]!);
    return change.compact().with({ hint: 'gauge' });
  }

  #learn(): void {
    const { length, times } = this.#buffer!;
    if (this.#changes.length < length) {
      this.#changes = new Int32Array(times.length);
      this.#gauges = new Int32Array(times.length);
      this.#resetCounts = new Int32Array(times.length);
    }
    this.#resets = [];
    this.#known = true;
    for (let i = 0; i < length; i++) this.#compare(i);
  }

  #compare(i: number): void {
    const previous = i === 0 ? undefined : this.#buffer!.histogramAt(i - 1);
    const current = this.#buffer!.histogramAt(i);
    let changed = 0;
    if (previous !== undefined && current !== undefined) {
      if (previous.schema !== current.schema || current.incompatibility(previous) !== undefined) changed = 1;
      if (current.isResetAfter(previous)) this.#resets.push(i);
    }
    this.#changes[i] = (i === 0 ? 0 : this.#changes[i - 1]!) + changed;
    this.#gauges[i] = (i === 0 ? 0 : this.#gauges[i - 1]!) + (current?.hint === 'gauge' ? 1 : 0);
    this.#resetCounts[i] = this.#resets.length;
  }
}
