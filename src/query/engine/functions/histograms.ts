import type { Position } from '../../errors.js';
import type { FloatHistogram } from '../../histogram/histogram.js';
import type { Labels } from '../../labels.js';
import { METRIC_NAME } from '../../labels.js';
import { parseNumber } from '../../numbers.js';
import type { Call } from '../../promql/ast.js';
import { type EvalContext, evaluateScalar, evaluateVector } from '../context.js';
import { eachPausing, KEY_UNITS } from '../pausing.js';
import { FLOAT, type Grid, HISTOGRAM, StepSeries } from '../values.js';
import { type ClassicBucket, classicFraction, classicQuantile } from './classic-histogram.js';
import { nativeFraction, nativeQuantile, nativeVariance } from './native-histogram.js';

const READINGS: Readonly<Record<string, (histogram: FloatHistogram) => number>> = {
  histogram_avg: ({ sum, count }) => sum / count,
  histogram_count: ({ count }) => count,
  histogram_sum: ({ sum }) => sum,
  histogram_stdvar: nativeVariance,
  histogram_stddev: (histogram) => Math.sqrt(nativeVariance(histogram)),
};

/** The functions that read one number off each native histogram, by name. */
export function histogramReading(name: string): ((histogram: FloatHistogram) => number) | undefined {
  return Object.hasOwn(READINGS, name) ? READINGS[name] : undefined;
}

/** One number off each native histogram of a vector; floats are left out. */
export function readHistograms(
  vector: readonly StepSeries[],
  reading: (histogram: FloatHistogram) => number,
): StepSeries[] {
  const result: StepSeries[] = [];
  for (const source of vector) {
    if (!source.kinds.includes(HISTOGRAM)) continue;
    const series = new StepSeries(source.labels, true, source.steps);
    for (let step = 0; step < source.steps; step++) {
      const histogram = source.histogram(step);
      if (histogram !== undefined) series.setFloat(step, reading(histogram));
    }
    result.push(series);
  }
  return result;
}

/** `histogram_quantile`. */
export async function callHistogramQuantile(
  context: EvalContext,
  expr: Call,
  grid: Grid,
): Promise<StepSeries[]> {
  const { annotations } = context;
  const [first, second] = expr.args as [Call['args'][0], Call['args'][0]];
  const quantiles = await evaluateScalar(context, first, grid);
  const vector = await evaluateVector(context, second, grid);
  for (const q of quantiles) if (!(q >= 0 && q <= 1)) annotations.invalidQuantile(q, first.position);
  return overHistograms(context, vector, second.position, {
    native(histogram, step, metric) {
      const q = quantiles[step]!;
      const value = nativeQuantile(q, histogram);
      if (Number.isNaN(histogram.sum) && q >= 0 && q <= 1 && histogram.count > 0) {
        if (Number.isNaN(value)) annotations.quantileOfNaN(metric, first.position);
        else annotations.quantileSkewedByNaN(metric, first.position);
      }
      return value;
    },
    classic(buckets, step, metric) {
      const { value, forced } = classicQuantile(quantiles[step]!, buckets);
      if (forced) annotations.forcedMonotonicity(metric, second.position);
      return value;
    },
  });
}

/** `histogram_fraction`. */
export async function callHistogramFraction(
  context: EvalContext,
  expr: Call,
  grid: Grid,
): Promise<StepSeries[]> {
  const { annotations } = context;
  const lower = await evaluateScalar(context, expr.args[0]!, grid);
  const upper = await evaluateScalar(context, expr.args[1]!, grid);
  const vector = await evaluateVector(context, expr.args[2]!, grid);
  return overHistograms(context, vector, expr.args[2]!.position, {
    native(histogram, step, metric) {
      if (Number.isNaN(histogram.sum)) annotations.fractionWithNaN(metric, expr.args[0]!.position);
      return nativeFraction(lower[step]!, upper[step]!, histogram);
    },
    classic: (buckets, step) => classicFraction(lower[step]!, upper[step]!, buckets),
  });
}

interface HistogramReader {
  native(histogram: FloatHistogram, step: number, metric: string): number;
  classic(buckets: ClassicBucket[], step: number, metric: string): number;
}

/** The series of one classic histogram, sorted by bound, and of the native one with the same labels. */
interface Group {
  labels: Labels;
  classic: { upper: number; series: StepSeries }[];
  native: StepSeries | undefined;
}

async function overHistograms(
  context: EvalContext,
  vector: readonly StepSeries[],
  position: Position,
  reader: HistogramReader,
): Promise<StepSeries[]> {
  const result: StepSeries[] = [];
  for (const group of await groupHistograms(context, vector, position)) {
    const steps = (group.native ?? group.classic[0]!.series).steps;
    const series = new StepSeries(group.labels, true, steps);
    const metric = group.labels.name;
    let filled = 0;
    for (let step = 0; step < steps; step++) {
      const histogram = group.native?.histogram(step);
      const buckets = bucketsAt(group, step);
      if (histogram !== undefined && buckets.length > 0) {
        // Which of the two is meant nobody can tell.
        context.annotations.mixedClassicNative(metric, position);
        continue;
      }
      if (histogram !== undefined) series.setFloat(step, reader.native(histogram, step, metric));
      else if (buckets.length > 0) series.setFloat(step, reader.classic(buckets, step, metric));
      else continue;
      filled++;
    }
    if (filled > 0) result.push(series);
    context.work.hold(steps);
    if (context.work.due(steps * (group.classic.length + 8))) await context.work.pause();
  }
  return result;
}

function bucketsAt({ classic }: Group, step: number): ClassicBucket[] {
  const buckets: ClassicBucket[] = [];
  for (const { upper, series } of classic) {
    if (series.kinds[step] === FLOAT) buckets.push({ upper, count: series.values[step]! });
  }
  return buckets;
}

/** Brings the buckets of each classic histogram together by the labels other than `le`. */
async function groupHistograms(
  context: EvalContext,
  vector: readonly StepSeries[],
  position: Position,
): Promise<Iterable<Group>> {
  const groups = new Map<string, Group>();
  const groupOf = (labels: Labels): Group => {
    let group = groups.get(labels.key);
    if (group === undefined) {
      group = { labels, classic: [], native: undefined };
      groups.set(labels.key, group);
    }
    return group;
  };
  await eachPausing(context.work, vector, 2 * KEY_UNITS, (series) => {
    if (series.kinds.includes(HISTOGRAM)) groupOf(series.labels).native = series;
    if (!series.kinds.includes(FLOAT)) return;
    const le = series.labels.get('le');
    const upper = parseNumber(le);
    if (upper === undefined) {
      context.annotations.badBucketLabel(series.labels.get(METRIC_NAME), le, position);
      return;
    }
    groupOf(series.labels.without(['le'])).classic.push({ upper, series });
  });
  for (const group of groups.values()) group.classic.sort((a, b) => (a.upper < b.upper ? -1 : 1));
  return groups.values();
}
