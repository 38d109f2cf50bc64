import { mergeExponential } from '../exponential-data.js';
import type { MetricKind } from '../metric.js';
import { Sketch } from '../sketch.js';
import type { MetricSnapshot, SeriesSnapshot } from './snapshot.js';

/** How the values that several workers have of one series become one. */
export type ClusterAggregator = 'sum' | 'first' | 'min' | 'max' | 'average' | 'omit';

/**
 * What suits a metric of that name and kind: sums; for what cannot be added up (the delay of an event loop, a
 * version, states) what Node's runtime metrics need.
 */
export function usualAggregator(name: string, kind: MetricKind): ClusterAggregator {
  if (name.endsWith('process_start_time_seconds')) return 'min';
  if (kind === 'info' || kind === 'stateset' || name.endsWith('nodejs_version_info')) return 'max';
  const lag =
    /(?:^|_)nodejs_eventloop_(?:lag_(?:(min|max)_)?|delay_(?:(min|max)_)?|utilization|time_ratio)/.exec(name);
  if (lag === null) return 'sum';
  return ((lag[1] ?? lag[2]) as 'min' | 'max' | undefined) ?? 'average';
}

/**
 * One metric of what several workers have under its name and in its shape; those of another shape are left out, and
 * told.
 * Histograms of all kinds, and the quantiles of summaries, are put together exactly where the aggregator is `sum`.
 */
export function mergeMetrics(
  metrics: readonly MetricSnapshot[],
  aggregator: ClusterAggregator,
  tellOfShape: (metric: MetricSnapshot) => void,
): MetricSnapshot | undefined {
  const [first] = metrics;
  if (first === undefined || aggregator === 'omit') return undefined;
  const shape = shapeOf(first);
  const groups = new Map<string, SeriesSnapshot[]>();
  for (const metric of metrics) {
    if (shapeOf(metric) !== shape) {
      tellOfShape(metric);
      continue;
    }
    for (const series of metric.series) {
      const group = groups.get(series.text);
      if (group === undefined) groups.set(series.text, [series]);
      else group.push(series);
    }
  }
  return { ...first, series: Array.from(groups.values(), (group) => mergeSeries(first, group, aggregator)) };
}

function shapeOf({ kind, lines }: MetricSnapshot): string {
  return JSON.stringify([kind, lines]);
}

function mergeSeries(
  { kind, cuts = [] }: MetricSnapshot,
  group: readonly SeriesSnapshot[],
  aggregator: ClusterAggregator,
): SeriesSnapshot {
  const [first] = group as [SeriesSnapshot];
  if (aggregator === 'first' || group.length === 1) return first;
  const fold = FOLDS[aggregator as keyof typeof FOLDS];
  const numbers = first.numbers.map((_, line) => fold(group.map((series) => series.numbers[line] ?? 0)));
  const startedAt = Math.min(...group.map((series) => series.startedAt));
  const merged = { text: first.text, startedAt, numbers };
  if (kind === 'native') {
    const native = group.map((series) => series.native!).reduce((a, b) => mergeExponential(a, b));
    return { ...merged, numbers: [native.count, native.sum, native.count], native };
  }
  if (kind === 'summary' && aggregator === 'sum') {
    const whole = new Sketch();
    for (const { sketch } of group) whole.merge(Sketch.of(sketch!));
    const quantiles = cuts.map((quantile) => whole.quantile(quantile));
    return { ...merged, numbers: [...quantiles, ...numbers.slice(-2)], sketch: whole.state() };
  }
  return merged;
}

const FOLDS = {
  sum: (values: readonly number[]) => values.reduce((all, one) => all + one, 0),
  min: (values: readonly number[]) => Math.min(...values),
  max: (values: readonly number[]) => Math.max(...values),
  average: (values: readonly number[]) => values.reduce((all, one) => all + one, 0) / values.length,
};
