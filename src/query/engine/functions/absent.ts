import { Labels, METRIC_NAME } from '../../labels.js';
import { type Call, type Expr, unwrapParens } from '../../promql/ast.js';
import { type EvalContext, evaluateVector } from '../context.js';
import { ABSENT, type Grid, StepSeries } from '../values.js';

/** `absent`: one series of ones where the vector is empty. */
export async function callAbsent(context: EvalContext, expr: Call, grid: Grid): Promise<StepSeries[]> {
  const vector = await evaluateVector(context, expr.args[0]!, grid);
  const series = new StepSeries(absentLabels(expr.args[0]!), false, grid.count);
  for (let step = 0; step < grid.count; step++) {
    if (vector.every((other) => other.kinds[step] === ABSENT)) series.setFloat(step, 1);
  }
  return series.isEmpty ? [] : [series];
}

/** The labels that a selector asks for exactly, each once: the labels that a missing series would have. */
export function absentLabels(expr: Expr): Labels {
  const inner = unwrapParens(expr);
  const selector = inner.type === 'range' ? inner.selector : inner;
  if (selector.type !== 'selector') return Labels.EMPTY;
  const wanted = new Map<string, string>();
  const seen = new Set<string>();
  for (const { name, operator, value } of selector.matchers) {
    if (name === METRIC_NAME) continue;
    if (operator === '=' && !seen.has(name)) {
      wanted.set(name, value);
      seen.add(name);
    } else wanted.delete(name);
  }
  return Labels.fromEntries(wanted);
}
