import { QueryError } from '../errors.js';
import type { Expr } from '../promql/ast.js';
import type { Queryable } from '../queryable.js';
import type { SampleBuffer } from '../store/sample-buffer.js';
import type { Work } from '../work.js';
import type { Annotations } from './annotations.js';
import { eachPausing, KEY_UNITS } from './pausing.js';
import type { EvalValue, Grid, StepSeries } from './values.js';

/** All that the parts of one evaluation share. */
export interface EvalContext {
  readonly source: Queryable;
  readonly work: Work;
  readonly annotations: Annotations;
  /** Milliseconds that a sample counts after its time. */
  readonly lookback: number;
  /** The step of subqueries that name none, in milliseconds. */
  readonly subqueryStep: number;
  /** Whether names that are to be dropped stay until the end. */
  readonly delayedNameRemoval: boolean;
  /** The ends of the whole query: what `@ start()` and `@ end()` mean. */
  readonly start: number;
  readonly end: number;
  /** The largest expressions whose value is the same at every step. */
  readonly invariants: ReadonlySet<Expr>;
  /** Scratch that one series at a time is read into. */
  readonly buffer: SampleBuffer;
  evaluate(expr: Expr, grid: Grid): Promise<EvalValue>;
}

/** The value of an expression that the type check has found to be an instant vector. */
export async function evaluateVector(
  context: EvalContext,
  expr: Expr,
  grid: Grid,
): Promise<readonly StepSeries[]> {
  const value = await context.evaluate(expr, grid);
  if (value.type !== 'vector') throw new QueryError('internal', `expected a vector, got a ${value.type}`);
  return value.series;
}

/** The value, a step each, of an expression that the type check has found to be a scalar. */
export async function evaluateScalar(context: EvalContext, expr: Expr, grid: Grid): Promise<Float64Array> {
  const value = await context.evaluate(expr, grid);
  if (value.type !== 'scalar') throw new QueryError('internal', `expected a scalar, got a ${value.type}`);
  return value.values;
}

/** Refuses a vector in which two series have the same labels. */
export async function refuseSameLabels(work: Work, series: readonly StepSeries[]): Promise<void> {
  const seen = new Set<string>();
  await eachPausing(work, series, KEY_UNITS, ({ labels }) => {
    if (seen.has(labels.key)) {
      throw new QueryError('execution', 'vector cannot contain metrics with the same labelset');
    }
    seen.add(labels.key);
  });
}
