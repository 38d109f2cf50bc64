import { QueryError } from '../../errors.js';
import type { SampleBuffer } from '../../store/sample-buffer.js';
import { isInfinite, KahanSum } from '../kahan.js';
import { countHistograms, type KernelContext, type KernelFactory, perWindow, type Window } from './window.js';

/** `deriv`: the slope per second of the line through the window's samples. */
export const derivKernel: KernelFactory = /* @__PURE__ */ perWindow((buffer, window, metric, context) => {
  if (!enoughFloats(buffer, window, metric, context)) return undefined;
  return regression(buffer, window, buffer.times[firstFloat(buffer, window)]!).slope;
});

/** `predict_linear`: where that line stands so many seconds from now. */
export const predictKernel: KernelFactory = /* @__PURE__ */ perWindow((buffer, window, metric, context) => {
  if (!enoughFloats(buffer, window, metric, context)) return undefined;
  const { slope, intercept } = regression(buffer, window, window.time);
  return slope * context.scalars[0]![window.step]! + intercept;
});

/** `double_exponential_smoothing`, after Holt and Winters. */
export const smoothingKernel: KernelFactory = /* @__PURE__ */ perWindow((buffer, window, metric, context) => {
  const smoothing = factor('smoothing', context.scalars[0]![window.step]!);
  const trend = factor('trend', context.scalars[1]![window.step]!);
  if (!enoughFloats(buffer, window, metric, context)) return undefined;
  const values: number[] = [];
  for (let i = window.low; i < window.high; i++)
    if (buffer.histogramAt(i) === undefined) values.push(buffer.values[i]!);
  let previous = 0;
  let level = values[0]!;
  let slope = values[1]! - values[0]!;
  for (let i = 1; i < values.length; i++) {
    if (i > 1) slope = trend * (level - previous) + (1 - trend) * slope;
    previous = level;
    level = smoothing * values[i]! + (1 - smoothing) * (level + slope);
  }
  return level;
});

function factor(name: string, value: number): number {
  if (value > 0 && value < 1) return value;
  const given = Number.isFinite(value) ? value.toFixed(6) : String(value);
  throw new QueryError('execution', `invalid ${name} factor. Expected: 0 < ${name[0]}f < 1, got: ${given}`);
}

/** Whether there are two floats to draw a line through; histograms among them are told of. */
function enoughFloats(
  buffer: SampleBuffer,
  window: Window,
  metric: string,
  { annotations, position }: KernelContext,
): boolean {
  const histograms = countHistograms(buffer, window);
  const floats = window.high - window.low - histograms;
  if (floats > 0 && histograms > 0) annotations.histogramIgnoredInMixedRange(metric, position);
  return floats >= 2;
}

function firstFloat(buffer: SampleBuffer, window: Window): number {
  let i = window.low;
  while (buffer.histogramAt(i) !== undefined) i++;
  return i;
}

/** The least-squares line, its intercept at a moment in milliseconds. */
function regression(
  buffer: SampleBuffer,
  window: Window,
  origin: number,
): { slope: number; intercept: number } {
  const x = new KahanSum();
  const y = new KahanSum();
  const xy = new KahanSum();
  const xx = new KahanSum();
  const first = buffer.values[firstFloat(buffer, window)]!;
  let count = 0;
  let constant = true;
  for (let i = window.low; i < window.high; i++) {
    if (buffer.histogramAt(i) !== undefined) continue;
    const value = buffer.values[i]!;
    const time = (buffer.times[i]! - origin) / 1000;
    if (value !== first) constant = false;
    count++;
    x.add(time);
    y.add(value);
    xy.add(time * value);
    xx.add(time * time);
  }
  if (constant)
    return isInfinite(first) ? { slope: Number.NaN, intercept: Number.NaN } : { slope: 0, intercept: first };
  const sumX = x.sum + x.error;
  const sumY = y.sum + y.error;
  const covariance = xy.sum + xy.error - (sumX * sumY) / count;
  const variance = xx.sum + xx.error - (sumX * sumX) / count;
  const slope = covariance / variance;
  return { slope, intercept: sumY / count - (slope * sumX) / count };
}
