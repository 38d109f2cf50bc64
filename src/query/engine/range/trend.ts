import { QueryError } from '../../errors.js';
import type { SampleBuffer } from '../../store/sample-buffer.js';
import { type Line, Points, SlidingLine } from './line.js';
import {
  countHistograms,
  type Kernel,
  type KernelContext,
  type KernelFactory,
  perWindow,
  type Window,
} from './window.js';

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
        if (!enoughFloats(buffer, window, metric, context)) return undefined;
        const line = buffer.hasHistograms ? lineThrough(buffer, window) : sliding.over(window);
        return finish(line, window, context);
      },
    };
  };
}

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
