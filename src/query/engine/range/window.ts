import type { Position } from '../../errors.js';
import type { FloatHistogram } from '../../histogram/histogram.js';
import type { SampleBuffer } from '../../store/sample-buffer.js';
import type { Annotations } from '../annotations.js';

/** The samples of one series in one window: those in the buffer from `low` up to, not including, `high`. */
export interface Window {
  low: number;
  high: number;
  /** How many of them are histograms. */
  histograms: number;
  /** The window's ends in milliseconds; the first is no part of it. */
  start: number;
  end: number;
  /** The moment at which the expression is evaluated. */
  time: number;
  /** The index of that moment in the grid. */
  step: number;
}

/** What a function over a window has to work with. */
export interface KernelContext {
  readonly annotations: Annotations;
  /** Where the range vector stands in the query. */
  readonly position: Position;
  /** Length of the range in milliseconds. */
  readonly range: number;
  /** The scalar arguments, a value for each step. */
  readonly scalars: readonly Float64Array[];
}

export type Outcome = number | FloatHistogram | undefined;

/**
 * A function over windows. `begin` is told of every series before its windows, which come in the order of time
 * and never go back: what is worked out for one window can serve the next.
 */
export interface Kernel {
  begin(buffer: SampleBuffer, metric: string): void;
  /** The outcome for a window of at least one sample; `undefined` for none. */
  compute(window: Window): Outcome;
}

export type KernelFactory = (context: KernelContext) => Kernel;

/** The kernel of a function that looks at each window on its own. */
export function perWindow(
  compute: (buffer: SampleBuffer, window: Window, metric: string, context: KernelContext) => Outcome,
): KernelFactory {
  return (context) => {
    let buffer: SampleBuffer;
    let metric = '';
    return {
      begin(next, name) {
        buffer = next;
        metric = name;
      },
      compute: (window) => compute(buffer, window, metric, context),
    };
  };
}
