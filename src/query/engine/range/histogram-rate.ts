import { FloatHistogram } from '../../histogram/histogram.js';
import type { KernelContext } from './window.js';

/**
 * The change from the first to the last of at least two histograms, resets in between made good where they count
 * up. `undefined`, and an annotation, where their buckets do not go together.
 */
export function histogramIncrease(
  points: readonly FloatHistogram[],
  counter: boolean,
  metric: string,
  { annotations, position }: KernelContext,
): FloatHistogram | undefined {
  const last = points.at(-1)!;
  let first = points[0]!;
  const gauges = points.filter((point) => point.hint === 'gauge').length;
  if (counter && gauges > 0) annotations.notCounter(metric, position);
  if (!counter && (points[0]!.hint !== 'gauge' || last.hint !== 'gauge'))
    annotations.notGauge(metric, position);
  // After a reset nothing of the first is left in the second: then it need not even have the same buckets.
  if (counter && points[1]!.isResetAfter(first)) {
    const { schema, customValues } = points[1]!;
    first = new FloatHistogram({ schema, customValues });
  }
  // Among counters every histogram in between will be looked at; among gauges only the first and the last.
  const relevant = counter ? [first, ...points.slice(1)] : [first, last];
  for (const point of relevant) {
    const incompatible = last.incompatibility(point);
    if (incompatible === undefined) continue;
    if (incompatible === 'schema') annotations.mixedExponentialCustom(metric, position);
    else annotations.incompatibleCustomBuckets(metric, position);
    return undefined;
  }
  const schema = Math.min(...relevant.map((point) => point.schema));
  let change = last.toSchema(schema).subtract(first);
  if (counter) {
    let previous = first;
    for (const point of points.slice(1)) {
      if (point.isResetAfter(previous)) change = change.add(previous);
      previous = point;
    }
  }
  return change.compact().with({ hint: 'gauge' });
}
