import { QueryError } from '../../errors.js';
import type { SampleBuffer } from '../../store/sample-buffer.js';
import { type Line, Points, SlidingLine } from './line.js';
import { SlidingSmoothing } from './smoothing.js';
import type { Kernel, KernelContext, KernelFactory, Window } from './window.js';

/** `deriv`: the slope per second of the line through the window's samples. */
export const derivKernel: KernelFactory = /* @__PURE__ */ lineKernel((line) => line.slope);

/** `predict_linear`: where that line stands so many seconds from now. */
export const predictKernel: KernelFactory = /* @__PURE__ */ lineKernel((line, window, { scalars }) =>
  line.at(window.time / 1000 + scalars[0]![window.step]!),
);

function lineKernel(finish: (line: Line, window: Window, context: KernelContext) => number): KernelFactory {
  return (context): Kernel => {
    const sliding = new SlidingLine();
    let buffer: SampleBuffer;
    let metric = '';
    return {
      begin(next, name) {
        buffer = next;
        metric = name;
        if (!buffer.hasHistograms) sliding.begin(buffer);
      },
      compute(window) {
        if (!enoughFloats(window, metric, context)) return undefined;
        const line = buffer.hasHistograms ? lineThrough(buffer, window) : sliding.over(window);
        return finish(line, window, context);
      },
    };
  };
}

/** `double_exponential_smoothing`, after Holt and Winters. */
export const smoothingKernel: KernelFactory = (context) => {
  const [smoothings, trends] = [context.scalars[0]!, context.scalars[1]!];
  // Factors that vary from step to step leave nothing that one window could take over from another.
  const steady = isSteady(smoothings) && isSteady(trends);
  let sliding: SlidingSmoothing | undefined;
  let buffer: SampleBuffer;
  let metric = '';
  return {
    begin(next, name) {
      buffer = next;
      metric = name;
      sliding?.begin(buffer);
    },
    compute(window) {
      const smoothing = factor('smoothing', smoothings[window.step]!);
      const trend = factor('trend', trends[window.step]!);
      if (!enoughFloats(window, metric, context)) return undefined;
      const short = window.high - window.low <= SHORT;
      if (short || !steady || buffer.hasHistograms) return smoothed(buffer, window, smoothing, trend);
      if (sliding === undefined) {
        sliding = new SlidingSmoothing(smoothing, trend);
        sliding.begin(buffer);
      }
      const level = sliding.over(window);
      return Number.isFinite(level) ? level : smoothed(buffer, window, smoothing, trend);
    },
  };
};

/** Windows of so few samples are cheap to go through, and rounded exactly as Prometheus rounds. */
const SHORT = 64;

function isSteady(values: Float64Array): boolean {
  return values.every((value) => value === values[0]);
}

/** The level at the end of a window, sample by sample. */
function smoothed(buffer: SampleBuffer, { low, high }: Window, smoothing: number, trend: number): number {
  let count = 0;
  let previous = 0;
  let level = 0;
  let slope = 0;
  for (let i = low; i < high; i++) {
    if (buffer.histogramAt(i) !== undefined) continue;
    const value = buffer.values[i]!;
    if (count === 0) level = value;
    else {
      slope = count === 1 ? value - level : trend * (level - previous) + (1 - trend) * slope;
      previous = level;
      level = smoothing * value + (1 - smoothing) * (level + slope);
    }
    count++;
  }
  return level;
}

function factor(name: string, value: number): number {
  if (value > 0 && value < 1) return value;
  const given = Number.isFinite(value) ? value.toFixed(6) : String(value);
  throw new QueryError('execution', `invalid ${name} factor. Expected: 0 < ${name[0]}f < 1, got: ${given}`);
}

/** Whether there are two floats to draw a line through; histograms among them are told of. */
function enoughFloats(window: Window, metric: string, { annotations, position }: KernelContext): boolean {
  const histograms = window.histograms;
  const floats = window.high - window.low - histograms;
  if (floats > 0 && histograms > 0) annotations.histogramIgnoredInMixedRange(metric, position);
  return floats >= 2;
}

/** The line through the floats of a window that has histograms too. */
function lineThrough(buffer: SampleBuffer, { low, high }: Window): Line {
  const points = new Points();
  const values = new Set<number>();
  for (let i = low; i < high; i++) {
    if (buffer.histogramAt(i) !== undefined) continue;
    points.add(buffer.times[i]! / 1000, buffer.values[i]!);
    values.add(buffer.values[i]!);
  }
  const [first] = values;
  return points.line(values.size === 1 && !Number.isNaN(first) ? first : undefined);
}
