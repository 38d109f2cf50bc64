import type { FloatHistogram } from '../../histogram/histogram.js';
import type { SampleBuffer } from '../../store/sample-buffer.js';
import { HistogramIncreases } from './histogram-increases.js';
import { histogramIncrease } from './histogram-rate.js';
import type { Kernel, KernelContext, KernelFactory, Outcome, Window } from './window.js';

/** Increases of a counter's resets, summed from the first sample of a series on. */
class ResetSums {
  #sums = new Float64Array(0);
  #usable = false;

  begin(buffer: SampleBuffer): void {
    if (this.#sums.length < buffer.length) this.#sums = new Float64Array(buffer.values.length);
    let sum = 0;
    for (let i = 1; i < buffer.length; i++) {
      const previous = buffer.values[i - 1]!;
      if (buffer.values[i]! < previous) sum += previous;
      this.#sums[i] = sum;
    }
    if (buffer.length > 0) this.#sums[0] = 0;
    // An infinite sum would hide all that comes after it.
    this.#usable = Number.isFinite(sum);
  }

  /** What the resets within a window have to be made good by. */
  within(buffer: SampleBuffer, { low, high }: Window): number {
    if (this.#usable) return this.#sums[high - 1]! - this.#sums[low]!;
    let sum = 0;
    for (let i = low + 1; i < high; i++)
      if (buffer.values[i]! < buffer.values[i - 1]!) sum += buffer.values[i - 1]!;
    return sum;
  }
}

/** `rate`, `increase` and `delta`: the change over the window, carried on to its ends. */
export function changeKernel(counter: boolean, perSecond: boolean): KernelFactory {
  return (context): Kernel => {
    const resets = new ResetSums();
    const increases = new HistogramIncreases();
    let buffer: SampleBuffer;
    let metric = '';
    return {
      begin(next, name) {
        buffer = next;
        metric = name;
        if (counter) resets.begin(buffer);
        increases.begin(buffer);
      },
      compute(window) {
        if (window.high - window.low < 2 && !buffer.hasHistograms) return undefined;
        const histograms = window.histograms;
        if (histograms > 0 && histograms < window.high - window.low) {
          context.annotations.mixedFloatsHistograms(metric, context.position);
          return undefined;
        }
        if (window.high - window.low < 2) return undefined;
        if (histograms > 0)
          return histogramChange(buffer, increases, window, metric, context, counter, perSecond);
        const first = buffer.values[window.low]!;
        let change = buffer.values[window.high - 1]! - first;
        if (counter) change += resets.within(buffer, window);
        return change * extrapolation(buffer, window, context, perSecond, first, counter ? change : 0);
      },
    };
  };
}

/**
 * How much more the change over the whole window is than that between its first and last sample. Where a sample
 * is missing towards an end (more than 1.1 mean distances), the series is taken to begin or end half a mean
 * distance further. A counter that began at `first` and grew by
 * `change` is not carried back beyond the moment at which it was zero; histograms and gauges name neither.
 */
function extrapolation(
  buffer: SampleBuffer,
  { low, high, start, end }: Window,
  { range }: KernelContext,
  perSecond: boolean,
  first = 0,
  change = 0,
): number {
  const firstTime = buffer.times[low]!;
  const lastTime = buffer.times[high - 1]!;
  const sampled = (lastTime - firstTime) / 1000;
  const distance = sampled / (high - low - 1);
  let before = (firstTime - start) / 1000;
  let behind = (end - lastTime) / 1000;
  if (before >= distance * 1.1) before = distance / 2;
  if (change > 0 && first >= 0) before = Math.min(before, sampled * (first / change));
  if (behind >= distance * 1.1) behind = distance / 2;
  const factor = (sampled + before + behind) / sampled;
  return perSecond ? factor / (range / 1000) : factor;
}

function histogramChange(
  buffer: SampleBuffer,
  increases: HistogramIncreases,
  window: Window,
  metric: string,
  context: KernelContext,
  counter: boolean,
  perSecond: boolean,
): Outcome {
  const change =
    increases.within(window, counter, metric, context) ??
    histogramIncrease(pointsOf(buffer, window), counter, metric, context);
  if (change === undefined) return undefined;
  return change.multiply(extrapolation(buffer, window, context, perSecond));
}

function pointsOf({ histograms }: SampleBuffer, { low, high }: Window): FloatHistogram[] {
  const points: FloatHistogram[] = [];
  for (let i = low; i < high; i++) points.push(histograms[i]!);
  return points;
}

/** `irate` and `idelta`: the change between the last two samples. */
export function lastChangeKernel(counter: boolean): KernelFactory {
  return (context): Kernel => {
    let buffer: SampleBuffer;
    let metric = '';
    return {
      begin(next, name) {
        buffer = next;
        metric = name;
      },
      compute({ low, high }) {
        if (high - low < 2) return undefined;
        const seconds = (buffer.times[high - 1]! - buffer.times[high - 2]!) / 1000;
        const last = buffer.histogramAt(high - 1) ?? buffer.values[high - 1]!;
        const previous = buffer.histogramAt(high - 2) ?? buffer.values[high - 2]!;
        if (typeof last === 'number' && typeof previous === 'number') {
          const change = counter && last < previous ? last : last - previous;
          return counter ? change / seconds : change;
        }
        if (typeof last === 'number' || typeof previous === 'number') {
          context.annotations.mixedFloatsHistograms(metric, context.position);
          return undefined;
        }
        const change = lastHistogramChange(previous, last, counter, metric, context);
        return counter ? change?.divide(seconds) : change;
      },
    };
  };
}

function lastHistogramChange(
  previous: FloatHistogram,
  last: FloatHistogram,
  counter: boolean,
  metric: string,
  { annotations, position }: KernelContext,
): FloatHistogram | undefined {
  const gauges = [previous, last].filter((histogram) => histogram.hint === 'gauge').length;
  if (counter && gauges > 0) annotations.notCounter(metric, position);
  if (!counter && gauges < 2) annotations.notGauge(metric, position);
  if (counter && last.isResetAfter(previous)) return last.with({ hint: 'gauge' }).compact();
  const incompatible = last.incompatibility(previous);
  if (incompatible === 'schema') annotations.mixedExponentialCustom(metric, position);
  if (incompatible === 'bounds') annotations.incompatibleCustomBuckets(metric, position);
  return incompatible === undefined ? last.subtract(previous).compact() : undefined;
}
