import { Labels } from '../../labels.js';
import type { Call } from '../../promql/ast.js';
import { type EvalContext, evaluateVector } from '../context.js';
import { type Grid, StepSeries, timeAt } from '../values.js';
import { mapFloats } from './math.js';

const PARTS: Readonly<Record<string, (date: Date) => number>> = {
  day_of_month: (date) => date.getUTCDate(),
  day_of_week: (date) => date.getUTCDay(),
  day_of_year: (date) =>
    Math.floor((startOfDay(date) - Date.UTC(date.getUTCFullYear(), 0, 1)) / 86_400_000) + 1,
  days_in_month: (date) => new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate(),
  hour: (date) => date.getUTCHours(),
  minute: (date) => date.getUTCMinutes(),
  month: (date) => date.getUTCMonth() + 1,
  year: (date) => date.getUTCFullYear(),
};

/** The functions that read a part of a date, by name. */
export function dateFunction(name: string): ((date: Date) => number) | undefined {
  return Object.hasOwn(PARTS, name) ? PARTS[name] : undefined;
}

/** The part of the date that each value is, in seconds since the epoch; of the moment itself without an argument. */
export async function callDate(
  context: EvalContext,
  expr: Call,
  part: (date: Date) => number,
  grid: Grid,
): Promise<StepSeries[]> {
  const arg = expr.args[0];
  if (arg !== undefined) {
    const vector = await evaluateVector(context, arg, grid);
    return mapFloats(context, vector, (value) => part(new Date(Math.trunc(value) * 1000)));
  }
  const series = new StepSeries(Labels.EMPTY, false, grid.count);
  for (let step = 0; step < grid.count; step++) series.setFloat(step, part(new Date(timeAt(grid, step))));
  return [series];
}

function startOfDay(date: Date): number {
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate());
}
