import type { SampleBuffer } from '../../store/sample-buffer.js';
import { type SlidingAggregate, TwoStackWindow } from './two-stack.js';
import type { Kernel, KernelFactory, Window } from './window.js';

/** The smallest or largest of two values; NaN loses against any number. */
function better(largest: boolean, a: number, b: number): number {
  if (Number.isNaN(a)) return b;
  const wins = largest ? b > a : b < a;
  return wins ? b : a;
}

/** The extreme of a sliding window. A histogram counts as NaN, which loses. */
class SlidingExtreme implements SlidingAggregate {
  readonly #largest: boolean;
  #buffer: SampleBuffer | undefined;
  #running = Number.NaN;
  #tails = new Float64Array(0);
  readonly #window = new TwoStackWindow(this);

  constructor(largest: boolean) {
    this.#largest = largest;
  }

  begin(buffer: SampleBuffer): void {
    this.#buffer = buffer;
    this.#window.begin();
  }

  clear(): void {
    this.#running = Number.NaN;
  }

  push(index: number): void {
    this.#running = better(this.#largest, this.#running, this.#valueAt(index));
  }

  tails(low: number, end: number): void {
    if (this.#tails.length < end) this.#tails = new Float64Array(this.#buffer!.values.length);
    let tail = Number.NaN;
    for (let i = end - 1; i >= low; i--) {
      tail = better(this.#largest, tail, this.#valueAt(i));
      this.#tails[i] = tail;
    }
  }

  over({ low, high }: Window): number {
    this.#window.slide(low, high);
    return low >= this.#window.middle
      ? this.#running
      : better(this.#largest, this.#running, this.#tails[low]!);
  }

  #valueAt(index: number): number {
    return this.#buffer!.histogramAt(index) === undefined ? this.#buffer!.values[index]! : Number.NaN;
  }
}

/** `min_over_time` and `max_over_time`. */
export function extremeKernel(largest: boolean): KernelFactory {
  return ({ annotations, position }): Kernel => {
    const sliding = new SlidingExtreme(largest);
    let metric = '';
    return {
      begin(buffer, name) {
        metric = name;
        sliding.begin(buffer);
      },
      compute(window) {
        const histograms = window.histograms;
        if (histograms === window.high - window.low) return undefined;
        if (histograms > 0) annotations.histogramIgnoredInMixedRange(metric, position);
        return sliding.over(window);
      },
    };
  };
}

/**
 * Where the extreme of a sliding window stands: the samples that can still become one, the best first. A sample that
 * a later one beats or equals never can.
 */
class ExtremePlace {
  readonly #largest: boolean;
  #places = new Int32Array(0);
  #first = 0;
  #end = 0;
  #high = 0;
  #lastFloat = -1;

  constructor(largest: boolean) {
    this.#largest = largest;
  }

  begin(buffer: SampleBuffer): void {
    if (this.#places.length < buffer.length) this.#places = new Int32Array(buffer.times.length);
    this.#first = 0;
    this.#end = 0;
    this.#high = 0;
    this.#lastFloat = -1;
  }

  /** The place of the last extreme; that of the last float where none of them is a number; -1 without floats. */
  of(buffer: SampleBuffer, { low, high }: Window): number {
    for (let i = Math.max(low, this.#high); i < high; i++) {
      if (buffer.histogramAt(i) !== undefined) continue;
      this.#lastFloat = i;
      const value = buffer.values[i]!;
      if (Number.isNaN(value)) continue;
      while (this.#end > this.#first && this.#beats(value, buffer.values[this.#places[this.#end - 1]!]!))
        this.#end--;
      this.#places[this.#end++] = i;
    }
    this.#high = high;
    while (this.#first < this.#end && this.#places[this.#first]! < low) this.#first++;
    if (this.#first < this.#end) return this.#places[this.#first]!;
    return this.#lastFloat >= low ? this.#lastFloat : -1;
  }

  #beats(value: number, other: number): boolean {
    return this.#largest ? value >= other : value <= other;
  }
}

/** `ts_of_min_over_time` and `ts_of_max_over_time`: when the extreme was seen last, in seconds. */
export function timeOfExtremeKernel(largest: boolean): KernelFactory {
  return ({ annotations, position }): Kernel => {
    const places = new ExtremePlace(largest);
    let buffer: SampleBuffer;
    let metric = '';
    return {
      begin(next, name) {
        buffer = next;
        metric = name;
        places.begin(buffer);
      },
      compute(window) {
        const place = places.of(buffer, window);
        if (place === -1) return undefined;
        if (window.histograms > 0) annotations.histogramIgnoredInMixedRange(metric, position);
        return buffer.times[place]! / 1000;
      },
    };
  };
}
