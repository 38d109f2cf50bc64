import type { FloatHistogram } from '../histogram/histogram.js';
import type { AggregateExpr, AggregateOperator } from '../promql/ast.js';
import type { Annotations } from './annotations.js';
import { isInfinite, KahanMean } from './kahan.js';
import { quantileOfSorted } from './quantile.js';
import { sortNaNFirst } from './range/order.js';
import { meanOf } from './range/sums.js';
import { ABSENT, FLOAT, HISTOGRAM, type StepSeries } from './values.js';

/** Takes in the series of a group one by one, and then gives the aggregate at every step. */
export interface Accumulator {
  add(series: StepSeries): void;
  finish(result: StepSeries): void;
}

export function newAccumulator(
  op: AggregateOperator,
  steps: number,
  annotations: Annotations,
  expr: AggregateExpr,
  param: Float64Array | undefined,
): Accumulator {
  switch (op) {
    case 'sum':
      return new Sum(steps, annotations, expr, false);
    case 'avg':
      return new Sum(steps, annotations, expr, true);
    case 'count':
      return new Count(steps, false);
    case 'group':
      return new Count(steps, true);
    case 'min':
    case 'max':
      return new Extreme(steps, op === 'max', annotations, expr);
    case 'stddev':
    case 'stdvar':
      return new Spread(steps, annotations, expr);
    default:
      return new Quantile(steps, annotations, expr, param!);
  }
}

const HAS_FLOAT = 1;
const HAS_HISTOGRAM = 2;
const INCOMPATIBLE = 4;

class Sum implements Accumulator {
  readonly #sums: Float64Array;
  readonly #errors: Float64Array;
  readonly #counts: Float64Array;
  readonly #seen: Uint8Array;
  readonly #histograms: (FloatHistogram | undefined)[] = [];
  /** Only for steps at which the plain sum became too large. */
  readonly #members: StepSeries[] = [];
  readonly #annotations: Annotations;
  readonly #expr: AggregateExpr;
  readonly #mean: boolean;

  constructor(steps: number, annotations: Annotations, expr: AggregateExpr, mean: boolean) {
    this.#sums = new Float64Array(steps);
    this.#errors = new Float64Array(steps);
    this.#counts = new Float64Array(steps);
    this.#seen = new Uint8Array(steps);
    this.#annotations = annotations;
    this.#expr = expr;
    this.#mean = mean;
  }

  add(series: StepSeries): void {
    this.#members.push(series);
    const sums = this.#sums;
    const { kinds, values } = series;
    for (let step = 0; step < kinds.length; step++) {
      if (kinds[step] === ABSENT) continue;
      this.#counts[step]!++;
      if (kinds[step] === HISTOGRAM) {
        this.#addHistogram(series, step);
        continue;
      }
      const value = values[step]!;
      if (this.#seen[step] === 0) sums[step] = value;
      else {
        // Kahan and Neumaier, in columns.
        const before = sums[step]!;
        const after = before + value;
        if (isInfinite(after)) this.#errors[step] = 0;
        else if (Math.abs(before) >= Math.abs(value)) this.#errors[step]! += before - after + value;
        else this.#errors[step]! += value - after + before;
        sums[step] = after;
      }
      this.#seen[step]! |= HAS_FLOAT;
    }
  }

  finish(result: StepSeries): void {
    for (let step = 0; step < result.steps; step++) {
      const seen = this.#seen[step]!;
      if (seen === 0 || (seen & INCOMPATIBLE) !== 0) continue;
      if (seen === (HAS_FLOAT | HAS_HISTOGRAM)) {
        this.#annotations.mixedFloatsHistogramsAggregation(this.#expr.expr.position);
      } else if (seen === HAS_HISTOGRAM) result.setHistogram(step, this.#histograms[step]!.compact());
      else result.setFloat(step, this.#floatAt(step));
    }
  }

  #floatAt(step: number): number {
    const sum = this.#sums[step]!;
    if (!this.#mean) return isInfinite(sum) ? sum : sum + this.#errors[step]!;
    if (!isInfinite(sum)) return (sum + this.#errors[step]!) / this.#counts[step]!;
    const mean = new KahanMean();
    for (const series of this.#members) if (series.kinds[step] === FLOAT) mean.add(series.values[step]!);
    return mean.mean;
  }

  #addHistogram(series: StepSeries, step: number): void {
    const histogram = series.histogram(step)!;
    const before = this.#histograms[step];
    this.#seen[step]! |= HAS_HISTOGRAM;
    if (before === undefined) {
      this.#histograms[step] = histogram;
      return;
    }
    const incompatible = before.incompatibility(histogram);
    const { position } = this.#expr.expr;
    if (incompatible !== undefined) {
      this.#seen[step]! |= INCOMPATIBLE;
      if (incompatible === 'schema') this.#annotations.mixedExponentialCustom(series.labels.name, position);
      else this.#annotations.incompatibleCustomBuckets(series.labels.name, position);
      return;
    }
    this.#histograms[step] = this.#mean
      ? meanOf(before, histogram, this.#counts[step]!)
      : before.add(histogram);
  }
}

/** `count` and `group`, which take histograms too. */
class Count implements Accumulator {
  readonly #counts: Float64Array;
  readonly #ones: boolean;

  constructor(steps: number, ones: boolean) {
    this.#counts = new Float64Array(steps);
    this.#ones = ones;
  }

  add({ kinds }: StepSeries): void {
    for (let step = 0; step < kinds.length; step++) if (kinds[step] !== ABSENT) this.#counts[step]!++;
  }

  finish(result: StepSeries): void {
    for (let step = 0; step < result.steps; step++) {
      const count = this.#counts[step]!;
      if (count > 0) result.setFloat(step, this.#ones ? 1 : count);
    }
  }
}

class Extreme implements Accumulator {
  readonly #extremes: Float64Array;
  readonly #seen: Uint8Array;
  readonly #largest: boolean;
  readonly #ignored: () => void;

  constructor(steps: number, largest: boolean, annotations: Annotations, expr: AggregateExpr) {
    this.#extremes = new Float64Array(steps);
    this.#seen = new Uint8Array(steps);
    this.#largest = largest;
    this.#ignored = () => annotations.histogramIgnored(expr.op, expr.expr.position);
  }

  add({ kinds, values }: StepSeries): void {
    for (let step = 0; step < kinds.length; step++) {
      if (kinds[step] === HISTOGRAM) this.#ignored();
      if (kinds[step] !== FLOAT) continue;
      const before = this.#extremes[step]!;
      const value = values[step]!;
      const wins = this.#largest ? value > before : value < before;
      if (wins || this.#seen[step] === 0 || Number.isNaN(before)) this.#extremes[step] = value;
      this.#seen[step] = 1;
    }
  }

  finish(result: StepSeries): void {
    for (let step = 0; step < result.steps; step++) {
      if (this.#seen[step] === 1) result.setFloat(step, this.#extremes[step]!);
    }
  }
}

/** Welford's algorithm, a column each for count, mean and squares. */
class Spread implements Accumulator {
  readonly #counts: Float64Array;
  readonly #means: Float64Array;
  readonly #squares: Float64Array;
  readonly #root: boolean;
  readonly #ignored: () => void;

  constructor(steps: number, annotations: Annotations, expr: AggregateExpr) {
    this.#counts = new Float64Array(steps);
    this.#means = new Float64Array(steps);
    this.#squares = new Float64Array(steps);
    this.#root = expr.op === 'stddev';
    this.#ignored = () => annotations.histogramIgnored(expr.op, expr.expr.position);
  }

  add({ kinds, values }: StepSeries): void {
    for (let step = 0; step < kinds.length; step++) {
      if (kinds[step] === HISTOGRAM) this.#ignored();
      if (kinds[step] !== FLOAT) continue;
      const value = values[step]!;
      const count = ++this.#counts[step]!;
      const distance = value - this.#means[step]!;
      this.#means[step]! += distance / count;
      this.#squares[step]! += distance * (value - this.#means[step]!);
    }
  }

  finish(result: StepSeries): void {
    for (let step = 0; step < result.steps; step++) {
      const count = this.#counts[step]!;
      if (count === 0) continue;
      const variance = this.#squares[step]! / count;
      result.setFloat(step, this.#root ? Math.sqrt(variance) : variance);
    }
  }
}

class Quantile implements Accumulator {
  readonly #members: StepSeries[] = [];
  readonly #quantiles: Float64Array;
  readonly #ignored: () => void;

  constructor(_steps: number, annotations: Annotations, expr: AggregateExpr, quantiles: Float64Array) {
    this.#quantiles = quantiles;
    this.#ignored = () => annotations.histogramIgnored(expr.op, expr.expr.position);
  }

  add(series: StepSeries): void {
    this.#members.push(series);
    if (series.kinds.includes(HISTOGRAM)) this.#ignored();
  }

  finish(result: StepSeries): void {
    const values = new Float64Array(this.#members.length);
    for (let step = 0; step < result.steps; step++) {
      let count = 0;
      for (const series of this.#members)
        if (series.kinds[step] === FLOAT) values[count++] = series.values[step]!;
      if (count === 0) continue;
      const sorted = sortNaNFirst(values.subarray(0, count));
      result.setFloat(step, quantileOfSorted(this.#quantiles[step]!, sorted));
    }
  }
}
