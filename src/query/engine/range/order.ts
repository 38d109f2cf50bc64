import type { SampleBuffer } from '../../store/sample-buffer.js';
import { quantileOfSorted } from '../quantile.js';
import type { Kernel, KernelContext, KernelFactory, Window } from './window.js';

/** The values of a sliding window, sorted: a sample that comes or goes moves the others by one place. */
class SortedWindow {
  #sorted = new Float64Array(64);
  #length = 0;
  #low = 0;
  #high = 0;

  begin(): void {
    this.#length = 0;
    this.#low = 0;
    this.#high = 0;
  }

  slide(buffer: SampleBuffer, { low, high }: Window): Float64Array {
    if (low >= this.#high) {
      this.#length = 0;
      this.#high = low;
    } else {
      for (let i = this.#low; i < low; i++)
        if (buffer.histogramAt(i) === undefined) this.#remove(buffer.values[i]!);
    }
    this.#low = low;
    if (this.#length === 0) this.#fill(buffer, high);
    for (; this.#high < high; this.#high++) {
      if (buffer.histogramAt(this.#high) === undefined) this.#insert(buffer.values[this.#high]!);
    }
    return this.#sorted.subarray(0, this.#length);
  }

  #fill(buffer: SampleBuffer, high: number): void {
    this.#reserve(high - this.#high);
    for (; this.#high < high; this.#high++) {
      if (buffer.histogramAt(this.#high) === undefined)
        this.#sorted[this.#length++] = buffer.values[this.#high]!;
    }
    sortNaNFirst(this.#sorted.subarray(0, this.#length));
  }

  #insert(value: number): void {
    this.#reserve(1);
    const at = this.#find(value);
    this.#sorted.copyWithin(at + 1, at, this.#length++);
    this.#sorted[at] = value;
  }

  #remove(value: number): void {
    const at = this.#find(value);
    this.#sorted.copyWithin(at, at + 1, this.#length--);
  }

  /** The first place at which the value stands or could stand. NaN sorts before all numbers. */
  #find(value: number): number {
    if (Number.isNaN(value)) return 0;
    let low = 0;
    let high = this.#length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#sorted[middle]! >= value) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  #reserve(more: number): void {
    if (this.#length + more <= this.#sorted.length) return;
    const larger = new Float64Array(Math.max(this.#length + more, this.#sorted.length * 2));
    larger.set(this.#sorted.subarray(0, this.#length));
    this.#sorted = larger;
  }
}

/** `quantile_over_time`. */
export function quantileKernel(): KernelFactory {
  return (context): Kernel => {
    const { annotations, position } = context;
    const sorted = new SortedWindow();
    return orderKernel(context, sorted, (window, values) => {
      const q = context.scalars[0]![window.step]!;
      if (!(q >= 0 && q <= 1)) annotations.invalidQuantile(q, position);
      return quantileOfSorted(q, values);
    });
  };
}

/** `mad_over_time`: the median of the distances from the median. */
export function medianDeviationKernel(): KernelFactory {
  return (context): Kernel =>
    orderKernel(context, new SortedWindow(), (_window, values) => {
      const median = quantileOfSorted(0.5, values);
      if (Number.isFinite(median) && !Number.isNaN(values[0])) return medianDistance(values, median);
      return quantileOfSorted(0.5, sortNaNFirst(values.map((value) => Math.abs(value - median))));
    });
}

/** The median of the distances of sorted numbers from `center`: of two sorted lists, so nothing need be sorted. */
function medianDistance(sorted: Float64Array, center: number): number {
  let below = 0;
  let end = sorted.length;
  while (below < end) {
    const middle = (below + end) >>> 1;
    if (sorted[middle]! < center) below = middle + 1;
    else end = middle;
  }
  const half = (sorted.length - 1) >>> 1;
  const nearer = distanceOfRank(sorted, center, below, half);
  if (sorted.length === 1) return nearer;
  // The two in the middle, or the one there and nothing of the next: as `quantileOfSorted` weighs them.
  const weight = sorted.length % 2 === 0 ? 0.5 : 0;
  return nearer * (1 - weight) + distanceOfRank(sorted, center, below, half + 1) * weight;
}

/** The distance that `rank` others are no farther than. `below` values lie below the center, the last the nearest. */
function distanceOfRank(sorted: Float64Array, center: number, below: number, rank: number): number {
  const above = sorted.length - below;
  const left = (i: number): number => (i < below ? center - sorted[below - 1 - i]! : Infinity);
  const right = (i: number): number => (i < above ? sorted[below + i]! - center : Infinity);
  // How many of the `rank` nearest lie below.
  let low = Math.max(0, rank - above);
  let high = Math.min(rank, below);
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (left(middle) < right(rank - middle - 1)) low = middle + 1;
    else high = middle;
  }
  return Math.min(left(low), right(rank - low));
}

function orderKernel(
  { annotations, position }: KernelContext,
  sorted: SortedWindow,
  finish: (window: Window, values: Float64Array) => number,
): Kernel {
  let buffer: SampleBuffer;
  let metric = '';
  return {
    begin(next, name) {
      buffer = next;
      metric = name;
      sorted.begin();
    },
    compute(window) {
      const histograms = window.histograms;
      if (histograms === window.high - window.low) return undefined;
      if (histograms > 0) annotations.histogramIgnoredInMixedRange(metric, position);
      return finish(window, sorted.slide(buffer, window));
    },
  };
}

/** Sorts in place; typed arrays put NaN last by themselves. */
export function sortNaNFirst(values: Float64Array): Float64Array {
  values.sort();
  let numbers = values.length;
  while (numbers > 0 && Number.isNaN(values[numbers - 1])) numbers--;
  if (numbers < values.length) {
    values.copyWithin(values.length - numbers, 0, numbers);
    values.fill(Number.NaN, 0, values.length - numbers);
  }
  return values;
}
