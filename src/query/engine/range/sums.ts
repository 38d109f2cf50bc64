import type { FloatHistogram } from '../../histogram/histogram.js';
import type { SampleBuffer } from '../../store/sample-buffer.js';
import { isInfinite, KahanMean, KahanSum } from '../kahan.js';
import { SlidingHistogramSum } from './histogram-sums.js';
import { type SlidingAggregate, TwoStackWindow } from './two-stack.js';
import type { Kernel, KernelContext, KernelFactory, Outcome, Window } from './window.js';

/** A compensated sum over a sliding window. */
class SlidingSum implements SlidingAggregate {
  #buffer: SampleBuffer | undefined;
  #running = new KahanSum();
  #sums = new Float64Array(0);
  #errors = new Float64Array(0);
  readonly #window = new TwoStackWindow(this);

  begin(buffer: SampleBuffer): void {
    this.#buffer = buffer;
    this.#window.begin();
  }

  clear(): void {
    this.#running = new KahanSum();
  }

  push(index: number): void {
    this.#running.add(this.#buffer!.values[index]!);
  }

  tails(low: number, end: number): void {
    if (this.#sums.length < end) {
      this.#sums = new Float64Array(this.#buffer!.values.length);
      this.#errors = new Float64Array(this.#buffer!.values.length);
    }
    const tail = new KahanSum();
    for (let i = end - 1; i >= low; i--) {
      tail.add(this.#buffer!.values[i]!);
      this.#sums[i] = tail.sum;
      this.#errors[i] = tail.error;
    }
  }

  /** Sum and error of a window. */
  over({ low, high }: Window): KahanSum {
    this.#window.slide(low, high);
    if (low >= this.#window.middle) return this.#running;
    const joined = new KahanSum(this.#sums[low]!);
    joined.error = this.#errors[low]!;
    joined.add(this.#running.sum);
    if (!isInfinite(joined.sum)) joined.error += this.#running.error;
    return joined;
  }
}

/** `sum_over_time` and `avg_over_time`. */
export function sumKernel(mean: boolean): KernelFactory {
  return (context): Kernel => {
    const sliding = new SlidingSum();
    const slidingHistograms = new SlidingHistogramSum();
    let buffer: SampleBuffer;
    let metric = '';
    return {
      begin(next, name) {
        buffer = next;
        metric = name;
        sliding.begin(buffer);
        if (buffer.hasHistograms) slidingHistograms.begin(buffer);
      },
      compute(window) {
        const count = window.high - window.low;
        const histograms = window.histograms;
        if (histograms > 0) {
          if (histograms === count) {
            const sum = slidingHistograms.over(window);
            if (sum === undefined) return sumHistograms(buffer, window, metric, context, mean);
            return mean && count > 1 ? sum.divide(count) : sum;
          }
          context.annotations.mixedFloatsHistograms(metric, context.position);
          return undefined;
        }
        const sum = sliding.over(window);
        if (!mean) return sum.total;
        return isInfinite(sum.sum) ? carefulMean(buffer, window) : sum.sum / count + sum.error / count;
      },
    };
  };
}

/** The mean where the sum is too large for a double. */
function carefulMean(buffer: SampleBuffer, { low, high }: Window): number {
  const mean = new KahanMean();
  for (let i = low; i < high; i++) mean.add(buffer.values[i]!);
  return mean.mean;
}

/** Sum or mean of a window of histograms, one after the other. */
function sumHistograms(
  buffer: SampleBuffer,
  { low, high }: Window,
  metric: string,
  { annotations, position }: KernelContext,
  mean: boolean,
): Outcome {
  let result: FloatHistogram = buffer.histograms[low]!;
  for (let i = low + 1; i < high; i++) {
    const next = buffer.histograms[i]!;
    const incompatible = result.incompatibility(next);
    if (incompatible === 'schema') annotations.mixedExponentialCustom(metric, position);
    if (incompatible === 'bounds') annotations.incompatibleCustomBuckets(metric, position);
    if (incompatible !== undefined) return undefined;
    const count = i - low + 1;
    result = mean ? meanOf(result, next, count) : result.add(next);
  }
  return result;
}

/** The mean of `count` histograms from that of all but the last. */
export function meanOf(mean: FloatHistogram, last: FloatHistogram, count: number): FloatHistogram {
  const { hint } = mean.add(last);
  return mean.add(last.divide(count).subtract(mean.divide(count))).with({ hint });
}
