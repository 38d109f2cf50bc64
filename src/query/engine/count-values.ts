import { QueryError } from '../errors.js';
import { isValidLabelName } from '../labels.js';
import { formatFixed } from '../numbers.js';
import type { AggregateExpr } from '../promql/ast.js';
import { quote } from '../quote.js';
import { Collector } from './collector.js';
import { type EvalContext, evaluateVector } from './context.js';
import { stringOf } from './functions/labels.js';
import { groupingOf } from './grouping.js';
import { KEY_UNITS } from './pausing.js';
import { ABSENT, type Grid, type StepSeries } from './values.js';

/** `count_values`: how many series have each value; the value becomes a label. */
export async function countValues(
  context: EvalContext,
  expr: AggregateExpr,
  grid: Grid,
): Promise<StepSeries[]> {
  const label = stringOf(expr.param!);
  if (!isValidLabelName(label)) throw new QueryError('execution', `invalid label name ${quote(label)}`);
  const vector = await evaluateVector(context, expr.expr, grid);
  // Grouped by labels, the new one must be among them to be seen.
  const withLabel = expr.without ? expr : { ...expr, grouping: [...expr.grouping, label] };
  const grouping = groupingOf(withLabel);
  const collector = new Collector(grid.count);
  for (const source of vector) {
    for (let step = 0; step < grid.count; step++) {
      const sample = source.at(step);
      if (sample === undefined || source.kinds[step] === ABSENT) continue;
      const text = typeof sample === 'number' ? formatFixed(sample) : String(sample);
      const labels = grouping.labels(source.labels.with(label, text));
      const series = collector.series(labels, source.dropName);
      series.setFloat(step, (series.kinds[step] === ABSENT ? 0 : series.values[step]!) + 1);
    }
    if (context.work.due(grid.count * 2 * KEY_UNITS)) await context.work.pause();
  }
  return collector.all;
}
