import { QueryError } from '../../errors.js';
import type { Labels } from '../../labels.js';
import type { Expr, MatrixSelector, Subquery } from '../../promql/ast.js';
import { unwrapParens } from '../../promql/ast.js';
import type { SampleBuffer } from '../../store/sample-buffer.js';
import { type EvalContext, evaluateVector } from '../context.js';
import { referenceTime } from '../selectors.js';
import { FLOAT, type Grid, HISTOGRAM, timeAt } from '../values.js';

/** A series of a range vector. */
export interface RangeSeries {
  readonly labels: Labels;
  /** Whether the name was to be dropped by what the subquery did. */
  readonly dropName: boolean;
  /** Puts all samples that any window can need into the buffer, stale markers left out. */
  read(buffer: SampleBuffer): void;
}

/** A range vector before windows are cut from it. */
export interface RangeVector {
  readonly series: readonly RangeSeries[];
  /** Length of a window, in milliseconds. */
  readonly range: number;
  /** Where the window ends that belongs to a moment of evaluation. */
  windowEnd(time: number): number;
}

/** Gets a range selector's series, or evaluates a subquery on a grid that covers all windows. */
export async function rangeVector(context: EvalContext, expr: Expr, grid: Grid): Promise<RangeVector> {
  const inner = unwrapParens(expr);
  if (inner.type === 'range') return selectorRange(context, inner, grid);
  if (inner.type === 'subquery') return subqueryRange(context, inner, grid);
  throw new QueryError('internal', `expected a range vector, got a ${inner.type}`);
}

async function selectorRange(context: EvalContext, expr: MatrixSelector, grid: Grid): Promise<RangeVector> {
  const { selector, range } = expr;
  const windowEnd = (time: number): number => referenceTime(context, selector, time);
  const from = windowEnd(grid.start) - range + 1;
  const to = windowEnd(timeAt(grid, grid.count - 1));
  const selected = await context.source.select(selector.matchers, from, to, context.work);
  const series = selected.map((source) => ({
    labels: source.labels,
    dropName: false,
    read(buffer: SampleBuffer) {
      source.read(from, to, buffer);
      buffer.dropStale();
    },
  }));
  return { series, range, windowEnd };
}

/** The steps of a subquery lie on multiples of its step, whatever moment it is evaluated at. */
async function subqueryRange(context: EvalContext, expr: Subquery, grid: Grid): Promise<RangeVector> {
  const { range } = expr;
  const windowEnd = (time: number): number => referenceTime(context, expr, time);
  const step = expr.step === 0 ? context.subqueryStep : expr.step;
  const open = windowEnd(grid.start) - range;
  const start = (Math.floor(open / step) + 1) * step;
  const count = Math.floor((windowEnd(timeAt(grid, grid.count - 1)) - start) / step) + 1;
  if (count <= 0) return { series: [], range, windowEnd };
  const inner: Grid = { start, step, count };
  const vector = await evaluateVector(context, expr.expr, inner);
  const series = vector.map((source) => ({
    labels: source.labels,
    dropName: source.dropName,
    read(buffer: SampleBuffer) {
      for (let i = 0; i < count; i++) {
        if (source.kinds[i] === FLOAT) buffer.pushFloat(timeAt(inner, i), source.values[i]!);
        else if (source.kinds[i] === HISTOGRAM) buffer.pushHistogram(timeAt(inner, i), source.histogram(i)!);
      }
    },
  }));
  return { series, range, windowEnd };
}
