import {
  type ArithmeticOperator,
  type BinaryExpr,
  isComparison,
  isSetOperator,
  typeOf,
} from '../promql/ast.js';
import { FALSE, INCOMPATIBLE, sampleOperation } from './binary-sample.js';
import { type EvalContext, evaluateScalar, evaluateVector } from './context.js';
import { matchVectors } from './match.js';
import { arithmetic, comparison } from './operators.js';
import { combineSets } from './sets.js';
import { ABSENT, type EvalValue, type Grid, StepSeries } from './values.js';

/** Evaluates a binary operator. */
export async function evaluateBinary(context: EvalContext, expr: BinaryExpr, grid: Grid): Promise<EvalValue> {
  const leftScalar = typeOf(expr.lhs) === 'scalar';
  const rightScalar = typeOf(expr.rhs) === 'scalar';
  if (leftScalar && rightScalar) return { type: 'scalar', values: await betweenScalars(context, expr, grid) };
  if (leftScalar) {
    const scalar = await evaluateScalar(context, expr.lhs, grid);
    const vector = await evaluateVector(context, expr.rhs, grid);
    return { type: 'vector', series: await withScalar(context, expr, vector, scalar, true) };
  }
  const left = await evaluateVector(context, expr.lhs, grid);
  if (rightScalar) {
    const scalar = await evaluateScalar(context, expr.rhs, grid);
    return { type: 'vector', series: await withScalar(context, expr, left, scalar, false) };
  }
  const right = await evaluateVector(context, expr.rhs, grid);
  const series = isSetOperator(expr.op)
    ? await combineSets(context, expr, left, right, grid)
    : await matchVectors(context, expr, left, right, grid);
  return { type: 'vector', series };
}

async function betweenScalars(context: EvalContext, expr: BinaryExpr, grid: Grid): Promise<Float64Array> {
  const left = await evaluateScalar(context, expr.lhs, grid);
  const right = await evaluateScalar(context, expr.rhs, grid);
  if (isComparison(expr.op)) {
    const compare = comparison(expr.op);
    return left.map((value, step) => (compare(value, right[step]!) ? 1 : 0));
  }
  const compute = arithmetic(expr.op as ArithmeticOperator);
  return left.map((value, step) => compute(value, right[step]!));
}

async function withScalar(
  context: EvalContext,
  expr: BinaryExpr,
  vector: readonly StepSeries[],
  scalar: Float64Array,
  scalarFirst: boolean,
): Promise<StepSeries[]> {
  const operate = sampleOperation(expr, context.annotations);
  const comparing = isComparison(expr.op);
  const result: StepSeries[] = [];
  for (const source of vector) {
    const series = new StepSeries(source.labels, source.dropName || !comparing || expr.bool, source.steps);
    let filled = 0;
    for (let step = 0; step < source.steps; step++) {
      if (source.kinds[step] === ABSENT) continue;
      const sample = source.at(step)!;
      const outcome = scalarFirst ? operate(scalar[step]!, sample) : operate(sample, scalar[step]!);
      if (outcome === INCOMPATIBLE) continue;
      if (expr.bool) series.setFloat(step, outcome === FALSE ? 0 : 1);
      else if (outcome === FALSE) continue;
      // A comparison keeps the vector's value, on whichever side it stands.
      else series.set(step, comparing ? sample : outcome);
      filled++;
    }
    if (filled > 0) result.push(series);
    context.work.hold(source.steps);
    if (context.work.due(source.steps)) await context.work.pause();
  }
  return result;
}
