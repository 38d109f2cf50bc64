import type { FloatHistogram } from '../histogram/histogram.js';
import type { Labels } from '../labels.js';

/** The moments at which an expression is evaluated: `count` of them, `step` milliseconds apart. */
export interface Grid {
  readonly start: number;
  readonly step: number;
  readonly count: number;
}

export function timeAt(grid: Grid, index: number): number {
  return grid.start + index * grid.step;
}

export const ABSENT = 0;
export const FLOAT = 1;
export const HISTOGRAM = 2;

/**
 * One series of an instant vector at every step of a grid. Columns rather than points: an operation runs over
 * the steps of a series at once, and pairs series by their labels once instead of at every step.
 */
export class StepSeries {
  readonly labels: Labels;
  /** Whether the metric's name is to go once the whole query is done. */
  readonly dropName: boolean;
  /** `ABSENT`, `FLOAT` or `HISTOGRAM`, a step each. */
  readonly kinds: Uint8Array;
  readonly values: Float64Array;
  #histograms: (FloatHistogram | undefined)[] | undefined;

  /** With `from`, the series shares the samples of another. */
  constructor(labels: Labels, dropName: boolean, steps: number, from?: StepSeries) {
    this.labels = labels;
    this.dropName = dropName;
    this.kinds = from?.kinds ?? new Uint8Array(steps);
    this.values = from?.values ?? new Float64Array(steps);
    this.#histograms = from === undefined ? undefined : from.#histograms;
  }

  get steps(): number {
    return this.kinds.length;
  }

  setFloat(step: number, value: number): void {
    this.kinds[step] = FLOAT;
    this.values[step] = value;
  }

  setHistogram(step: number, histogram: FloatHistogram): void {
    this.kinds[step] = HISTOGRAM;
    this.#histograms ??= [];
    this.#histograms[step] = histogram;
  }

  set(step: number, value: number | FloatHistogram | undefined): void {
    if (typeof value === 'number') this.setFloat(step, value);
    else if (value !== undefined) this.setHistogram(step, value);
  }

  histogram(step: number): FloatHistogram | undefined {
    return this.kinds[step] === HISTOGRAM ? this.#histograms![step] : undefined;
  }

  /** The value at a step, whatever it is; `undefined` where there is none. */
  at(step: number): number | FloatHistogram | undefined {
    const kind = this.kinds[step];
    if (kind === FLOAT) return this.values[step];
    return kind === HISTOGRAM ? this.#histograms![step] : undefined;
  }

  get isEmpty(): boolean {
    return this.kinds.every((kind) => kind === ABSENT);
  }

  /** The same samples under other labels. */
  relabeled(labels: Labels, dropName: boolean): StepSeries {
    return new StepSeries(labels, dropName, this.steps, this);
  }

  /** Without its histograms. */
  floatsOnly(): StepSeries {
    if (!this.kinds.includes(HISTOGRAM)) return this;
    const floats = new StepSeries(this.labels, this.dropName, this.steps);
    for (let step = 0; step < this.steps; step++) {
      if (this.kinds[step] === FLOAT) floats.setFloat(step, this.values[step]!);
    }
    return floats;
  }

  /** The first step's sample at every one of `steps` steps. */
  repeated(steps: number): StepSeries {
    const copy = new StepSeries(this.labels, this.dropName, steps);
    const value = this.at(0);
    for (let step = 0; step < steps; step++) copy.set(step, value);
    return copy;
  }
}

/** What evaluating an expression over a grid gives. */
export type EvalValue =
  | { readonly type: 'scalar'; readonly values: Float64Array }
  | { readonly type: 'string'; readonly value: string }
  | { readonly type: 'vector'; readonly series: readonly StepSeries[] };
