import type { FloatHistogram } from '../histogram/histogram.js';
import type { TimeShift, VectorSelector } from '../promql/ast.js';
import { HISTOGRAM as HISTOGRAM_SAMPLE, STALE } from '../store/sample-buffer.js';
import type { EvalContext } from './context.js';
import { type Grid, StepSeries, timeAt } from './values.js';

/** The moment that a selector looks at when the expression is evaluated at `time`. */
export function referenceTime(
  context: Pick<EvalContext, 'start' | 'end'>,
  shift: TimeShift,
  time: number,
): number {
  const { at } = shift;
  const moment = at === undefined ? time : at === 'start' ? context.start : at === 'end' ? context.end : at;
  return moment - shift.offset;
}

/**
 * An instant vector: of every series the newest sample at each step, unless that is a stale marker or older than
 * the look-back. With `timestamps`, the seconds of the sample's time stand in place of its value.
 */
export async function selectInstant(
  context: EvalContext,
  selector: VectorSelector,
  grid: Grid,
  timestamps = false,
): Promise<StepSeries[]> {
  const { buffer, lookback, work } = context;
  const first = referenceTime(context, selector, grid.start);
  const last = referenceTime(context, selector, timeAt(grid, grid.count - 1));
  const selected = await context.source.select(selector.matchers, first - lookback + 1, last, work);
  const result: StepSeries[] = [];
  for (const source of selected) {
    buffer.clear();
    source.read(first - lookback + 1, last, buffer);
    const series = new StepSeries(source.labels, false, grid.count);
    let filled = 0;
    let next = 0;
    let before = -1;
    for (let step = 0; step < grid.count; step++) {
      const reference = referenceTime(context, selector, timeAt(grid, step));
      while (next < buffer.length && buffer.times[next]! <= reference) next++;
      const newest = next - 1;
      if (newest < 0 || buffer.times[newest]! <= reference - lookback || buffer.kinds[newest] === STALE)
        continue;
      filled++;
      if (timestamps) series.setFloat(step, buffer.times[newest]! / 1000);
      else if (buffer.kinds[newest] === HISTOGRAM_SAMPLE) {
        series.setHistogram(step, hintedAfter(buffer.histograms[newest]!, newest - before));
      } else series.setFloat(step, buffer.values[newest]!);
      before = newest;
    }
    if (filled > 0) {
      work.hold(grid.count);
      result.push(series);
    }
    if (work.due(buffer.length + grid.count + 10)) await work.pause();
  }
  return result;
}

/**
 * A histogram with what its hint says once it stands so many samples behind the one of the step before: the same
 * sample again is no second reset, and behind skipped samples nobody knows.
 */
function hintedAfter(histogram: FloatHistogram, distance: number): FloatHistogram {
  if (distance === 1 || histogram.hint === 'unknown' || histogram.hint === 'gauge') return histogram;
  return histogram.with({ hint: distance === 0 ? 'not_reset' : 'unknown' });
}
