import type { AggregateExpr } from '../promql/ast.js';
import { newAccumulator } from './accumulators.js';
import { type EvalContext, evaluateScalar, evaluateVector } from './context.js';
import { countValues } from './count-values.js';
import { groupingOf, groupSeries } from './grouping.js';
import { KEY_UNITS } from './pausing.js';
import { selectSeries } from './select-series.js';
import { type Grid, StepSeries } from './values.js';

/** Evaluates an aggregation. */
export async function evaluateAggregate(
  context: EvalContext,
  expr: AggregateExpr,
  grid: Grid,
): Promise<StepSeries[]> {
  const { op, param } = expr;
  const { work } = context;
  if (op === 'count_values') return countValues(context, expr, grid);
  const scalar = param === undefined ? undefined : await evaluateScalar(context, param, grid);
  const vector = await evaluateVector(context, expr.expr, grid);
  const groups = await groupSeries(work, vector, groupingOf(expr));
  if (op === 'topk' || op === 'bottomk' || op === 'limitk' || op === 'limit_ratio') {
    return selectSeries(context, expr, op, groups, scalar!, grid);
  }
  if (op === 'quantile') {
    for (const q of scalar!) if (!(q >= 0 && q <= 1)) context.annotations.invalidQuantile(q, param!.position);
  }
  const result: StepSeries[] = [];
  for (const { labels, members } of groups) {
    const accumulator = newAccumulator(op, grid.count, context.annotations, expr, scalar);
    for (const series of members) {
      accumulator.add(series);
      if (work.due(grid.count)) await work.pause();
    }
    const series = new StepSeries(labels, members[0]!.dropName, grid.count);
    accumulator.finish(series);
    if (work.due(KEY_UNITS)) await work.pause();
    if (!series.isEmpty) result.push(series);
    work.hold(grid.count);
  }
  return result;
}
