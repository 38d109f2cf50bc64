import type { SampleBuffer } from '../../store/sample-buffer.js';
import { KahanSum } from '../kahan.js';
import { type SlidingAggregate, TwoStackWindow } from './two-stack.js';
import type { Kernel, KernelFactory, Window } from './window.js';

/** Count, mean and sum of squared distances from it, after Welford, compensated. */
class Moments {
  count = 0;
  readonly mean = new KahanSum();
  readonly squares = new KahanSum();

  add(value: number): void {
    this.count++;
    const distance = value - (this.mean.sum + this.mean.error);
    this.mean.add(distance / this.count);
    this.squares.add(distance * (value - (this.mean.sum + this.mean.error)));
  }

  get variance(): number {
    return (this.squares.sum + this.squares.error) / this.count;
  }
}

class SlidingMoments implements SlidingAggregate {
  #buffer: SampleBuffer | undefined;
  #running = new Moments();
  #means = new Float64Array(0);
  #squares = new Float64Array(0);
  readonly #window = new TwoStackWindow(this);

  begin(buffer: SampleBuffer): void {
    this.#buffer = buffer;
    this.#window.begin();
  }

  clear(): void {
    this.#running = new Moments();
  }

  push(index: number): void {
    this.#running.add(this.#buffer!.values[index]!);
  }

  tails(low: number, end: number): void {
    if (this.#means.length < end) {
      this.#means = new Float64Array(this.#buffer!.values.length);
      this.#squares = new Float64Array(this.#buffer!.values.length);
    }
    const tail = new Moments();
    for (let i = end - 1; i >= low; i--) {
      tail.add(this.#buffer!.values[i]!);
      this.#means[i] = tail.mean.sum + tail.mean.error;
      this.#squares[i] = tail.squares.sum + tail.squares.error;
    }
  }

  /** The variance of a window; both parts are joined as Chan, Golub and LeVeque do. */
  over({ low, high }: Window): number {
    this.#window.slide(low, high);
    const { middle } = this.#window;
    if (low >= middle) return this.#running.variance;
    const older = middle - low;
    const newer = this.#running.count;
    if (newer === 0) return this.#squares[low]! / older;
    const apart = this.#running.mean.sum + this.#running.mean.error - this.#means[low]!;
    const squares = this.#squares[low]! + this.#running.squares.sum + this.#running.squares.error;
    return (squares + (apart * apart * older * newer) / (older + newer)) / (older + newer);
  }
}

/** `stdvar_over_time` and `stddev_over_time`. */
export function spreadKernel(finish: (variance: number) => number): KernelFactory {
  return ({ annotations, position }): Kernel => {
    const sliding = new SlidingMoments();
    let buffer: SampleBuffer;
    let metric = '';
    return {
      begin(next, name) {
        buffer = next;
        metric = name;
        sliding.begin(buffer);
      },
      compute(window) {
        const histograms = window.histograms;
        if (histograms === 0) return finish(sliding.over(window));
        if (histograms === window.high - window.low) return undefined;
        annotations.histogramIgnoredInMixedRange(metric, position);
        const moments = new Moments();
        for (let i = window.low; i < window.high; i++) {
          if (buffer.histogramAt(i) === undefined) moments.add(buffer.values[i]!);
        }
        return finish(moments.variance);
      },
    };
  };
}
