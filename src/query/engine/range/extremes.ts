import type { SampleBuffer } from '../../store/sample-buffer.js';
import { type SlidingAggregate, TwoStackWindow } from './two-stack.js';
import { countHistograms, type Kernel, type KernelFactory, perWindow, type Window } from './window.js';

/** The smallest or largest of two values; NaN loses against any number. */
function better(largest: boolean, a: number, b: number): number {
  if (Number.isNaN(a)) return b;
  const wins = largest ? b > a : b < a;
  return wins ? b : a;
}

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
    this.#running = better(this.#largest, this.#running, this.#buffer!.values[index]!);
  }

  tails(low: number, end: number): void {
    if (this.#tails.length < end) this.#tails = new Float64Array(this.#buffer!.values.length);
    let tail = Number.NaN;
    for (let i = end - 1; i >= low; i--) {
      tail = better(this.#largest, tail, this.#buffer!.values[i]!);
      this.#tails[i] = tail;
    }
  }

  over({ low, high }: Window): number {
    this.#window.slide(low, high);
    return low >= this.#window.middle
      ? this.#running
      : better(this.#largest, this.#running, this.#tails[low]!);
  }
}

/** `min_over_time` and `max_over_time`. */
export function extremeKernel(largest: boolean): KernelFactory {
  return ({ annotations, position }): Kernel => {
    const sliding = new SlidingExtreme(largest);
    let buffer: SampleBuffer;
    let metric = '';
    return {
      begin(next, name) {
        buffer = next;
        metric = name;
        sliding.begin(buffer);
      },
      compute(window) {
        const histograms = countHistograms(buffer, window);
        if (histograms === 0) return sliding.over(window);
        if (histograms === window.high - window.low) return undefined;
        annotations.histogramIgnoredInMixedRange(metric, position);
        let extreme = Number.NaN;
        for (let i = window.low; i < window.high; i++) {
          if (buffer.histogramAt(i) === undefined) extreme = better(largest, extreme, buffer.values[i]!);
        }
        return extreme;
      },
    };
  };
}

/** `ts_of_min_over_time` and `ts_of_max_over_time`: when the extreme was seen last, in seconds. */
export function timeOfExtremeKernel(largest: boolean): KernelFactory {
  return perWindow((buffer, window, metric, { annotations, position }) => {
    let extreme = Number.NaN;
    let time: number | undefined;
    for (let i = window.low; i < window.high; i++) {
      if (buffer.histogramAt(i) !== undefined) continue;
      const value = buffer.values[i]!;
      if (time !== undefined && !Number.isNaN(extreme) && !(largest ? value >= extreme : value <= extreme))
        continue;
      extreme = value;
      time = buffer.times[i]!;
    }
    if (time === undefined) return undefined;
    if (countHistograms(buffer, window) > 0) annotations.histogramIgnoredInMixedRange(metric, position);
    return time / 1000;
  });
}
