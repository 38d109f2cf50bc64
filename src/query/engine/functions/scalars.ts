import { Labels } from '../../labels.js';
import type { Call } from '../../promql/ast.js';
import { unwrapParens } from '../../promql/ast.js';
import { type EvalContext, evaluateScalar, evaluateVector } from '../context.js';
import { selectInstant } from '../selectors.js';
import { ABSENT, FLOAT, type Grid, StepSeries, timeAt } from '../values.js';
import { mapFloats } from './math.js';

/** `scalar`: the one float of a vector; NaN where there are none or several. */
export async function callScalar(context: EvalContext, expr: Call, grid: Grid): Promise<Float64Array> {
  const vector = await evaluateVector(context, expr.args[0]!, grid);
  const values = new Float64Array(grid.count);
  for (let step = 0; step < grid.count; step++) {
    const floats = vector.filter((series) => series.kinds[step] === FLOAT);
    values[step] = floats.length === 1 ? floats[0]!.values[step]! : Number.NaN;
  }
  return values;
}

/** `time`: the moment of evaluation, in seconds. */
export function callTime(grid: Grid): Float64Array {
  return Float64Array.from({ length: grid.count }, (_, step) => timeAt(grid, step) / 1000);
}

/** `vector`: a scalar as the one sample of a vector without labels. */
export async function callVector(context: EvalContext, expr: Call, grid: Grid): Promise<StepSeries[]> {
  const values = await evaluateScalar(context, expr.args[0]!, grid);
  const series = new StepSeries(Labels.EMPTY, false, grid.count);
  for (let step = 0; step < grid.count; step++) series.setFloat(step, values[step]!);
  return [series];
}

/** `timestamp`: when each sample was taken, in seconds. Samples that were computed were taken just now. */
export async function callTimestamp(context: EvalContext, expr: Call, grid: Grid): Promise<StepSeries[]> {
  const arg = unwrapParens(expr.args[0]!);
  if (arg.type === 'selector') {
    const selected = await selectInstant(context, arg, grid, true);
    return mapFloats(context, selected, (seconds) => seconds);
  }
  const vector = await evaluateVector(context, arg, grid);
  return vector.map((source) => {
    const series = new StepSeries(source.labels, true, grid.count);
    for (let step = 0; step < grid.count; step++) {
      if (source.kinds[step] !== ABSENT) series.setFloat(step, timeAt(grid, step) / 1000);
    }
    return series;
  });
}
