import type { Call } from '../../promql/ast.js';
import { type EvalContext, evaluateVector } from '../context.js';
import { sortPausing } from '../pausing.js';
import { FLOAT, type Grid, type StepSeries } from '../values.js';
import { stringOf } from './labels.js';

/** `sort` and `sort_desc`: by value, NaN last; histograms are left out. Only instant queries keep the order. */
export async function callSort(context: EvalContext, expr: Call, grid: Grid): Promise<StepSeries[]> {
  const vector = await evaluateVector(context, expr.args[0]!, grid);
  const floats = vector.filter((series) => series.kinds.includes(FLOAT)).map((series) => series.floatsOnly());
  const sign = expr.func.name === 'sort' ? 1 : -1;
  return sortPausing(context.work, floats, (a, b) => compareValues(a.values[0]!, b.values[0]!, sign));
}

/** `sort_by_label` and `sort_by_label_desc`: digits in labels count as numbers. */
export async function callSortByLabel(context: EvalContext, expr: Call, grid: Grid): Promise<StepSeries[]> {
  const vector = await evaluateVector(context, expr.args[0]!, grid);
  const names = expr.args.slice(1).map(stringOf);
  const sign = expr.func.name === 'sort_by_label' ? 1 : -1;
  return sortPausing(context.work, vector, (a, b) => {
    for (const name of names) {
      const left = a.labels.get(name);
      const right = b.labels.get(name);
      if (left !== right) return naturalLess(left, right) ? -sign : sign;
    }
    return sign * a.labels.compare(b.labels);
  });
}

/** Compares two values, NaN behind all others either way. */
export function compareValues(a: number, b: number, sign: number): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
  return a === b ? 0 : a < b ? -sign : sign;
}

/** Whether a text comes before another where runs of digits are compared as numbers. */
export function naturalLess(a: string, b: string): boolean {
  const left = a.match(/\d+|\D+/g) ?? [];
  const right = b.match(/\d+|\D+/g) ?? [];
  for (const [i, part] of left.entries()) {
    const other = right[i];
    if (other === undefined) return false;
    if (part === other) continue;
    const numbers = /^\d/.test(part) && /^\d/.test(other);
    if (numbers && Number(part) !== Number(other)) return Number(part) < Number(other);
    return numbers ? part.length < other.length : part < other;
  }
  return left.length < right.length;
}
