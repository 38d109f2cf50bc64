import { QueryError } from '../errors.js';
import { type Call, type Expr, unwrapParens } from '../promql/ast.js';
import { evaluateAggregate } from './aggregate.js';
import { evaluateBinary } from './binary.js';
import { type EvalContext, evaluateVector } from './context.js';
import { dropNames } from './drop-names.js';
import { callAbsent } from './functions/absent.js';
import { callDate, dateFunction } from './functions/dates.js';
import {
  callHistogramFraction,
  callHistogramQuantile,
  histogramReading,
  readHistograms,
} from './functions/histograms.js';
import { callInfo } from './functions/info.js';
import { callLabelJoin, callLabelReplace } from './functions/labels.js';
import { callClamp, callRound, mapFloats, mathFunction } from './functions/math.js';
import { callScalar, callTime, callTimestamp, callVector } from './functions/scalars.js';
import { callSort, callSortByLabel } from './functions/sort.js';
import { callRange } from './range/call.js';
import { kernelFactory } from './range/kernels.js';
import { selectInstant } from './selectors.js';
import { ABSENT, type EvalValue, type Grid, StepSeries } from './values.js';

/** Evaluates an expression at every step of a grid. */
export async function evaluate(context: EvalContext, expr: Expr, grid: Grid): Promise<EvalValue> {
  const { work } = context;
  const before = work.held;
  const value =
    grid.count > 1 && context.invariants.has(expr)
      ? repeated(await evaluateNode(context, expr, { ...grid, count: 1 }), grid.count)
      : await evaluateNode(context, expr, grid);
  work.holdOnly(before + samplesIn(value, grid));
  return context.delayedNameRemoval ? value : withoutNames(context, value);
}

async function withoutNames(context: EvalContext, value: EvalValue): Promise<EvalValue> {
  if (value.type !== 'vector' || !value.series.some(({ dropName }) => dropName)) return value;
  return vector(await dropNames(context, value.series));
}

async function evaluateNode(context: EvalContext, expr: Expr, grid: Grid): Promise<EvalValue> {
  switch (expr.type) {
    case 'number':
      return { type: 'scalar', values: new Float64Array(grid.count).fill(expr.value) };
    case 'string':
      return { type: 'string', value: expr.value };
    case 'selector':
      return vector(await selectInstant(context, expr, grid));
    case 'paren':
      return evaluate(context, expr.expr, grid);
    case 'unary':
      return evaluateUnary(context, expr, grid);
    case 'aggregate':
      return vector(await evaluateAggregate(context, expr, grid));
    case 'binary':
      return evaluateBinary(context, expr, grid);
    case 'call':
      return evaluateCall(context, expr, grid);
    case 'range':
    case 'subquery':
      throw new QueryError('internal', 'a range vector has no value of its own');
  }
}

async function evaluateUnary(
  context: EvalContext,
  expr: Extract<Expr, { type: 'unary' }>,
  grid: Grid,
): Promise<EvalValue> {
  const value = await evaluate(context, expr.expr, grid);
  if (expr.op === '+') return value;
  if (value.type === 'scalar') return { type: 'scalar', values: value.values.map((number) => -number) };
  if (value.type === 'string') throw new QueryError('internal', 'a string has no sign');
  const result: StepSeries[] = [];
  for (const source of value.series) {
    const series = new StepSeries(source.labels, true, grid.count);
    for (let step = 0; step < grid.count; step++) {
      if (source.kinds[step] === ABSENT) continue;
      const histogram = source.histogram(step);
      series.set(step, histogram === undefined ? -source.values[step]! : histogram.multiply(-1));
    }
    result.push(series);
    if (context.work.due(grid.count)) await context.work.pause();
  }
  return vector(result);
}

async function evaluateCall(context: EvalContext, expr: Call, grid: Grid): Promise<EvalValue> {
  const { name } = expr.func;
  const kernel = kernelFactory(name);
  if (kernel !== undefined) return vector(await callRange(context, expr, kernel, grid));
  const math = mathFunction(name);
  if (math !== undefined) {
    return vector(await mapFloats(context, await evaluateVector(context, expr.args[0]!, grid), math));
  }
  const date = dateFunction(name);
  if (date !== undefined) return vector(await callDate(context, expr, date, grid));
  const reading = histogramReading(name);
  if (reading !== undefined) {
    return vector(readHistograms(await evaluateVector(context, expr.args[0]!, grid), reading));
  }
  switch (name) {
    case 'time':
      return { type: 'scalar', values: callTime(grid) };
    case 'pi':
      return { type: 'scalar', values: new Float64Array(grid.count).fill(Math.PI) };
    case 'scalar':
      return { type: 'scalar', values: await callScalar(context, expr, grid) };
    default:
      return vector(await vectorCall(name)(context, expr, grid));
  }
}

function vectorCall(name: string): (context: EvalContext, expr: Call, grid: Grid) => Promise<StepSeries[]> {
  switch (name) {
    case 'vector':
      return callVector;
    case 'timestamp':
      return callTimestamp;
    case 'absent':
      return callAbsent;
    case 'clamp':
    case 'clamp_max':
    case 'clamp_min':
      return callClamp;
    case 'round':
      return callRound;
    case 'label_replace':
      return callLabelReplace;
    case 'label_join':
      return callLabelJoin;
    case 'sort':
    case 'sort_desc':
      return callSort;
    case 'sort_by_label':
    case 'sort_by_label_desc':
      return callSortByLabel;
    case 'histogram_quantile':
      return callHistogramQuantile;
    case 'histogram_fraction':
      return callHistogramFraction;
    case 'info':
      return callInfo;
    default:
      throw new QueryError('internal', `function ${name} has no implementation`);
  }
}

function vector(series: readonly StepSeries[]): EvalValue {
  return { type: 'vector', series };
}

function repeated(value: EvalValue, count: number): EvalValue {
  if (value.type === 'scalar')
    return { type: 'scalar', values: new Float64Array(count).fill(value.values[0]!) };
  return value.type === 'vector' ? vector(value.series.map((series) => series.repeated(count))) : value;
}

function samplesIn(value: EvalValue, grid: Grid): number {
  return value.type === 'vector' ? value.series.length * grid.count : 0;
}

/** The selector or subquery that an expression is, parentheses aside, where it is a range vector. */
export function asRangeVector(expr: Expr): Expr | undefined {
  const inner = unwrapParens(expr);
  return inner.type === 'range' || inner.type === 'subquery' ? inner : undefined;
}
