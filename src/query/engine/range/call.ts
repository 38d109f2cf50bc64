import type { Call } from '../../promql/ast.js';
import { typeOf } from '../../promql/ast.js';
import type { SampleBuffer } from '../../store/sample-buffer.js';
import { type EvalContext, evaluateScalar } from '../context.js';
import { absentLabels } from '../functions/absent.js';
import { ABSENT, type Grid, StepSeries, timeAt } from '../values.js';
import { rangeVector } from './range-vector.js';
import type { Kernel, KernelFactory, Window } from './window.js';

/** Names of counters end so; a rate of anything else is worth a remark. */
const COUNTER_SUFFIXES = ['_total', '_sum', '_count', '_bucket'];

/** Evaluates a function over a range vector: each series is read once, and a window slides over its samples. */
export async function callRange(
  context: EvalContext,
  expr: Call,
  factory: KernelFactory,
  grid: Grid,
): Promise<StepSeries[]> {
  const { annotations, buffer, work } = context;
  const name = expr.func.name;
  const scalars: Float64Array[] = [];
  for (const arg of expr.args) {
    if (typeOf(arg) === 'scalar') scalars.push(await evaluateScalar(context, arg, grid));
  }
  const arg = expr.args.find((candidate) => typeOf(candidate) === 'matrix')!;
  const vector = await rangeVector(context, arg, grid);
  const position = name === 'quantile_over_time' ? expr.args[0]!.position : arg.position;
  const kernel = factory({ annotations, position, range: vector.range, scalars });
  const keepName = name === 'last_over_time';
  const ends = Float64Array.from({ length: grid.count }, (_, step) => vector.windowEnd(timeAt(grid, step)));
  const result: StepSeries[] = [];
  for (const source of vector.series) {
    buffer.clear();
    source.read(buffer);
    const metric = source.labels.name;
    const series = new StepSeries(source.labels, keepName ? source.dropName : true, grid.count);
    kernel.begin(buffer, metric);
    const { filled, floats } = slide(kernel, buffer, series, grid, ends, vector.range);
    if (filled > 0) {
      work.hold(grid.count);
      result.push(series);
    }
    if (floats > 0 && (name === 'rate' || name === 'increase') && metric !== '' && !isCounterName(metric)) {
      annotations.possibleNonCounter(metric, arg.position);
    }
    if (work.due(buffer.length + grid.count + 10)) await work.pause();
  }
  return name === 'absent_over_time' ? absentOverTime(expr, result, grid) : result;
}

/** Slides the window over a series' samples; says how many steps got an outcome, and how many of those a float. */
function slide(
  kernel: Kernel,
  buffer: SampleBuffer,
  series: StepSeries,
  grid: Grid,
  ends: Float64Array,
  range: number,
): { filled: number; floats: number } {
  const { times, length, hasHistograms } = buffer;
  const window: Window = { low: 0, high: 0, histograms: 0, start: 0, end: 0, time: 0, step: 0 };
  let filled = 0;
  let floats = 0;
  let low = 0;
  let high = 0;
  for (let step = 0; step < grid.count; step++) {
    const end = ends[step]!;
    const start = end - range;
    while (high < length && times[high]! <= end) high++;
    while (low < high && times[low]! <= start) low++;
    if (hasHistograms) {
      for (let i = window.high; i < high; i++) if (buffer.histogramAt(i) !== undefined) window.histograms++;
      for (let i = window.low; i < low; i++) if (buffer.histogramAt(i) !== undefined) window.histograms--;
    }
    window.low = low;
    window.high = high;
    if (low === high) continue;
    window.start = start;
    window.end = end;
    window.time = timeAt(grid, step);
    window.step = step;
    const outcome = kernel.compute(window);
    if (outcome === undefined) continue;
    filled++;
    if (typeof outcome === 'number') {
      floats++;
      series.setFloat(step, outcome);
    } else series.setHistogram(step, outcome);
  }
  return { filled, floats };
}

function isCounterName(metric: string): boolean {
  return COUNTER_SUFFIXES.some((suffix) => metric.endsWith(suffix));
}

/** One series, present where all others are not. */
function absentOverTime(expr: Call, present: readonly StepSeries[], grid: Grid): StepSeries[] {
  const series = new StepSeries(absentLabels(expr.args[0]!), true, grid.count);
  for (let step = 0; step < grid.count; step++) {
    if (present.every((other) => other.kinds[step] === ABSENT)) series.setFloat(step, 1);
  }
  return series.isEmpty ? [] : [series];
}
