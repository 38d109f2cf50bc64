import { withRe2 } from '../../../common/re2.js';
import { QueryError } from '../../errors.js';
import { isValidLabelName, type Labels, METRIC_NAME } from '../../labels.js';
import type { Call, Expr } from '../../promql/ast.js';
import { unwrapParens } from '../../promql/ast.js';
import { compileGroups } from '../../regex.js';
import { type EvalContext, evaluateVector, refuseSameLabels } from '../context.js';
import type { Grid, StepSeries } from '../values.js';
import { expandTemplate } from './template.js';

/** `label_replace(v, dst, replacement, src, regex)`. */
export async function callLabelReplace(context: EvalContext, expr: Call, grid: Grid): Promise<StepSeries[]> {
  const [destination, replacement, source, pattern] = expr.args.slice(1).map(stringOf) as [
    string,
    string,
    string,
    string,
  ];
  let regex: ReturnType<typeof compileGroups>;
  try {
    regex = await withRe2(() => compileGroups(pattern));
  } catch {
    throw new QueryError('execution', `invalid regular expression in label_replace(): ${pattern}`);
  }
  checkLabelName(destination, 'destination', 'label_replace');
  const vector = await evaluateVector(context, expr.args[0]!, grid);
  return relabel(context, vector, destination, (labels) => {
    const matcher = regex.matcher(labels.get(source));
    return matcher.find() ? expandTemplate(replacement, matcher) : undefined;
  });
}

/** `label_join(v, dst, separator, src…)`. */
export async function callLabelJoin(context: EvalContext, expr: Call, grid: Grid): Promise<StepSeries[]> {
  const [destination, separator, ...sources] = expr.args.slice(1).map(stringOf) as [
    string,
    string,
    ...string[],
  ];
  for (const source of sources) checkLabelName(source, 'source', 'label_join');
  checkLabelName(destination, 'destination', 'label_join');
  const vector = await evaluateVector(context, expr.args[0]!, grid);
  const join = (labels: Labels): string => sources.map((source) => labels.get(source)).join(separator);
  return relabel(context, vector, destination, join);
}

async function relabel(
  context: EvalContext,
  vector: readonly StepSeries[],
  destination: string,
  value: (labels: Labels) => string | undefined,
): Promise<StepSeries[]> {
  const result: StepSeries[] = [];
  for (const series of vector) {
    const text = value(series.labels);
    // A name that is set on purpose stays, even where the old one was to be dropped.
    const dropName = series.dropName && destination !== METRIC_NAME;
    result.push(
      text === undefined ? series : series.relabeled(series.labels.with(destination, text), dropName),
    );
    if (context.work.due(50)) await context.work.pause();
  }
  await refuseSameLabels(context.work, result);
  return result;
}

/** The text of an argument that the type check has found to be a string. */
export function stringOf(expr: Expr): string {
  const inner = unwrapParens(expr);
  if (inner.type !== 'string') throw new QueryError('internal', `expected a string, got a ${inner.type}`);
  return inner.value;
}

function checkLabelName(name: string, which: string, caller: string): void {
  if (isValidLabelName(name)) return;
  throw new QueryError('execution', `invalid ${which} label name in ${caller}(): ${name}`);
}
