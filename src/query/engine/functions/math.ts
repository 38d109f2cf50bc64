import type { Call } from '../../promql/ast.js';
import { type EvalContext, evaluateScalar, evaluateVector } from '../context.js';
import { FLOAT, type Grid, StepSeries } from '../values.js';

const MATH: Readonly<Record<string, (value: number) => number>> = {
  abs: Math.abs,
  acos: Math.acos,
  acosh: Math.acosh,
  asin: Math.asin,
  asinh: Math.asinh,
  atan: Math.atan,
  atanh: Math.atanh,
  ceil: Math.ceil,
  cos: Math.cos,
  cosh: Math.cosh,
  deg: (value) => (value * 180) / Math.PI,
  exp: Math.exp,
  floor: Math.floor,
  ln: Math.log,
  log10: Math.log10,
  log2: Math.log2,
  rad: (value) => (value * Math.PI) / 180,
  sgn: (value) => (value > 0 ? 1 : value < 0 ? -1 : value),
  sin: Math.sin,
  sinh: Math.sinh,
  sqrt: Math.sqrt,
  tan: Math.tan,
  tanh: Math.tanh,
};

/** The functions that turn each float into another, by name. */
export function mathFunction(name: string): ((value: number) => number) | undefined {
  return Object.hasOwn(MATH, name) ? MATH[name] : undefined;
}

/** Every float of a vector changed, at each step; histograms are left out, and the metric's name goes. */
export async function mapFloats(
  context: EvalContext,
  vector: readonly StepSeries[],
  change: (value: number, step: number) => number | undefined,
): Promise<StepSeries[]> {
  const { work } = context;
  const result: StepSeries[] = [];
  for (const source of vector) {
    const series = new StepSeries(source.labels, true, source.steps);
    let filled = 0;
    for (let step = 0; step < source.steps; step++) {
      if (source.kinds[step] !== FLOAT) continue;
      const value = change(source.values[step]!, step);
      if (value === undefined) continue;
      series.setFloat(step, value);
      filled++;
    }
    if (filled > 0) result.push(series);
    work.hold(source.steps);
    if (work.due(source.steps + 10)) await work.pause();
  }
  return result;
}

/** `clamp`, `clamp_min` and `clamp_max`. */
export async function callClamp(context: EvalContext, expr: Call, grid: Grid): Promise<StepSeries[]> {
  const vector = await evaluateVector(context, expr.args[0]!, grid);
  const first = await evaluateScalar(context, expr.args[1]!, grid);
  const second = expr.args[2] === undefined ? undefined : await evaluateScalar(context, expr.args[2], grid);
  const unbounded = (bound: number): Float64Array => new Float64Array(grid.count).fill(bound);
  const name = expr.func.name;
  const least = name === 'clamp_max' ? unbounded(-Infinity) : first;
  const most = name === 'clamp_max' ? first : (second ?? unbounded(Infinity));
  return mapFloats(context, vector, (value, step) =>
    most[step]! < least[step]! ? undefined : clamped(value, least[step]!, most[step]!),
  );
}

/** `round`: to the nearest multiple, up where two are as near. */
export async function callRound(context: EvalContext, expr: Call, grid: Grid): Promise<StepSeries[]> {
  const vector = await evaluateVector(context, expr.args[0]!, grid);
  const nearest = expr.args[1] === undefined ? undefined : await evaluateScalar(context, expr.args[1], grid);
  return mapFloats(context, vector, (value, step) => {
    // By the inverse, which is exact where the multiple is 0.1 or 0.001 and itself is not.
    const inverse = 1 / (nearest?.[step] ?? 1);
    return Math.floor(value * inverse + 0.5) / inverse;
  });
}

/** As in Go, an infinite value that lies beyond one bound is held to it even where the other bound is NaN. */
function clamped(value: number, least: number, most: number): number {
  const below = value === -Infinity || most === -Infinity ? -Infinity : Math.min(most, value);
  return below === Infinity || least === Infinity ? Infinity : Math.max(least, below);
}
