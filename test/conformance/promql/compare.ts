import type { Bucket } from '../../../src/query/histogram/histogram.js';
import { FloatHistogram } from '../../../src/query/histogram/histogram.js';
import type { Labels } from '../../../src/query/labels.js';
import type { ResultPoint, ResultSample, ResultSeries, ResultValue } from '../../../src/query/result.js';
import type { EvalCommand, ExpectedSeries } from './script.js';

const EPSILON = 1e-6;
const SMALLEST_NORMAL = 2.2250738585072014e-308;

/** What is wrong with a result; `undefined` where it is as expected. */
export function compareResult(evaluation: EvalCommand, result: ResultValue): string | undefined {
  switch (result.type) {
    case 'matrix':
      return compareMatrix(evaluation, result.series);
    case 'vector':
      return compareVector(evaluation, result.samples);
    case 'scalar':
      if (evaluation.scalar === undefined)
        return `expected a vector or matrix, but got the scalar ${result.value}`;
      return almostEqual(evaluation.scalar, result.value)
        ? undefined
        : `expected the scalar ${evaluation.scalar}, but got ${result.value}`;
    case 'string':
      return evaluation.text === result.value
        ? undefined
        : `expected the string ${JSON.stringify(evaluation.text)}, but got ${JSON.stringify(result.value)}`;
  }
}

/** Relative to the sum of both; NaN equals NaN. */
export function almostEqual(a: number, b: number): boolean {
  if (Number.isNaN(a) && Number.isNaN(b)) return true;
  if (a === b) return true;
  const sum = Math.abs(a) + Math.abs(b);
  const difference = Math.abs(a - b);
  if (a === 0 || b === 0 || sum < SMALLEST_NORMAL) return difference < EPSILON * SMALLEST_NORMAL;
  return difference / Math.min(sum, Number.MAX_VALUE) < EPSILON;
}

function compareMatrix(evaluation: EvalCommand, series: readonly ResultSeries[]): string | undefined {
  if (evaluation.ordered) return 'expected an ordered result, but got a matrix';
  if (evaluation.scalar !== undefined) return 'expected a scalar, but got a matrix';
  const expected = expectedByKey(evaluation);
  const seen = new Set<string>();
  for (const [i, { labels, points }] of series.entries()) {
    const next = series[i + 1];
    if (next !== undefined && labels.compare(next.labels) > 0) return `series are not sorted: ${labels}`;
    const wanted = expected.get(labels.key);
    if (wanted === undefined) return `unexpected series ${labels} with ${show(points[0]?.value)}`;
    seen.add(labels.key);
    const wrong = comparePoints(evaluation, labels, wanted, points);
    if (wrong !== undefined) return wrong;
  }
  return missing(expected, seen);
}

function comparePoints(
  { start, end, step }: EvalCommand,
  labels: Labels,
  { values }: ExpectedSeries,
  points: readonly ResultPoint[],
): string | undefined {
  const wanted: ResultPoint[] = [];
  for (const [i, value] of values.entries()) {
    const time = start + i * step;
    if (time > end) return `expected ${values.length} points for ${labels}, which the range cannot give`;
    if (value !== undefined && value !== 'stale') wanted.push({ time, value });
  }
  for (const [i, point] of wanted.entries()) {
    const actual = points[i];
    if (actual?.time !== point.time || !sameValue(point.value, actual.value)) {
      const given = actual === undefined ? 'nothing' : `${show(actual.value)} at ${actual.time}`;
      return `expected ${show(point.value)} at ${point.time} for ${labels}, but got ${given}`;
    }
  }
  return points.length === wanted.length
    ? undefined
    : `expected ${wanted.length} points for ${labels}, but got ${points.length}`;
}

function compareVector(evaluation: EvalCommand, samples: readonly ResultSample[]): string | undefined {
  if (evaluation.scalar !== undefined) return 'expected a scalar, but got a vector';
  const expected = expectedByKey(evaluation);
  const order = [...expected.keys()];
  const seen = new Set<string>();
  for (const [i, { labels, value }] of samples.entries()) {
    const wanted = expected.get(labels.key);
    if (wanted === undefined) return `unexpected series ${labels} with ${show(value)}`;
    if (evaluation.ordered && order[i] !== labels.key)
      return `${labels} came at place ${i + 1}, out of order`;
    const first = wanted.values[0];
    if (first === undefined || first === 'stale' || !sameValue(first, value)) {
      return `expected ${show(first)} for ${labels}, but got ${show(value)}`;
    }
    seen.add(labels.key);
  }
  return missing(expected, seen);
}

function expectedByKey({ series }: EvalCommand): Map<string, ExpectedSeries> {
  return new Map(series.map((one) => [one.labels.key, one]));
}

function missing(expected: Map<string, ExpectedSeries>, seen: ReadonlySet<string>): string | undefined {
  for (const [key, { labels }] of expected) if (!seen.has(key)) return `expected series ${labels} not found`;
  return undefined;
}

function sameValue(expected: number | FloatHistogram, actual: number | FloatHistogram): boolean {
  if (typeof expected === 'number' || typeof actual === 'number') {
    return typeof expected === 'number' && typeof actual === 'number' && almostEqual(expected, actual);
  }
  return sameHistogram(expected.compact(), actual.compact());
}

function sameHistogram(expected: FloatHistogram, actual: FloatHistogram): boolean {
  return (
    expected.schema === actual.schema &&
    almostEqual(expected.count, actual.count) &&
    almostEqual(expected.sum, actual.sum) &&
    expected.zeroThreshold === actual.zeroThreshold &&
    almostEqual(expected.zeroCount, actual.zeroCount) &&
    (!expected.custom || expected.customValues.join() === actual.customValues.join()) &&
    sameBuckets(expected.buckets(), actual.buckets())
  );
}

function sameBuckets(expected: readonly Bucket[], actual: readonly Bucket[]): boolean {
  return (
    expected.length === actual.length &&
    expected.every((bucket, i) => {
      const other = actual[i]!;
      return (
        bucket.upper === other.upper && bucket.lower === other.lower && almostEqual(bucket.count, other.count)
      );
    })
  );
}

function show(value: number | FloatHistogram | 'stale' | undefined): string {
  if (value instanceof FloatHistogram) return `${value}`;
  return value === undefined ? 'nothing' : String(value);
}
