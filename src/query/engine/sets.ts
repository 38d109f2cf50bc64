import type { BinaryExpr } from '../promql/ast.js';
import type { EvalContext } from './context.js';
import { eachPausing, KEY_UNITS } from './pausing.js';
import { signatureOf } from './signature.js';
import { ABSENT, type Grid, StepSeries } from './values.js';

/** `and`, `or` and `unless`: which samples stay depends on whether the other side has any with the same labels. */
export async function combineSets(
  context: EvalContext,
  expr: BinaryExpr,
  left: readonly StepSeries[],
  right: readonly StepSeries[],
  grid: Grid,
): Promise<StepSeries[]> {
  const signature = signatureOf(expr.matching!);
  if (expr.op === 'or') {
    const present = await presence(context, left, signature, grid);
    const others = await filtered(context, right, signature, present, false);
    return mergeEqual(context, [...left, ...others], grid);
  }
  return filtered(
    context,
    left,
    signature,
    await presence(context, right, signature, grid),
    expr.op === 'and',
  );
}

/** At which steps each signature has any sample. */
async function presence(
  { work }: EvalContext,
  vector: readonly StepSeries[],
  signature: (labels: StepSeries['labels']) => string,
  grid: Grid,
): Promise<Map<string, Uint8Array>> {
  const present = new Map<string, Uint8Array>();
  await eachPausing(work, vector, KEY_UNITS + grid.count, (series) => {
    const key = signature(series.labels);
    let steps = present.get(key);
    if (steps === undefined) {
      steps = new Uint8Array(grid.count);
      present.set(key, steps);
    }
    for (let step = 0; step < grid.count; step++) if (series.kinds[step] !== ABSENT) steps[step] = 1;
  });
  return present;
}

/** The samples whose signature is present in the other vector at the same step (or is not). */
async function filtered(
  context: EvalContext,
  vector: readonly StepSeries[],
  signature: (labels: StepSeries['labels']) => string,
  present: Map<string, Uint8Array>,
  wanted: boolean,
): Promise<StepSeries[]> {
  const result: StepSeries[] = [];
  for (const source of vector) {
    const other = present.get(signature(source.labels));
    if (context.work.due(source.steps + KEY_UNITS)) await context.work.pause();
    if (other === undefined) {
      if (!wanted) result.push(source);
      continue;
    }
    const series = new StepSeries(source.labels, source.dropName, source.steps);
    let filled = 0;
    for (let step = 0; step < source.steps; step++) {
      if (source.kinds[step] === ABSENT || (other[step] === 1) !== wanted) continue;
      series.set(step, source.at(step));
      filled++;
    }
    context.work.hold(source.steps);
    if (filled > 0) result.push(series);
  }
  return result;
}

/**
 * One series where both sides have one with the same labels, at different steps. Whether its name is to go is what
 * its first sample says, for all steps: as in Prometheus, which drops names at the end as well.
 */
async function mergeEqual(
  { work }: EvalContext,
  vector: readonly StepSeries[],
  grid: Grid,
): Promise<StepSeries[]> {
  const byKey = new Map<string, StepSeries>();
  await eachPausing(work, vector, KEY_UNITS, (series) => {
    const other = byKey.get(series.labels.key);
    if (other === undefined) {
      byKey.set(series.labels.key, series);
      return;
    }
    const { dropName } = firstStep(series) < firstStep(other) ? series : other;
    const merged = new StepSeries(other.labels, dropName, grid.count);
    for (let step = 0; step < grid.count; step++) merged.set(step, other.at(step) ?? series.at(step));
    byKey.set(series.labels.key, merged);
  });
  return [...byKey.values()];
}

function firstStep({ kinds }: StepSeries): number {
  const step = kinds.findIndex((kind) => kind !== ABSENT);
  return step === -1 ? kinds.length : step;
}
