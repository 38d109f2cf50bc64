import { lowerBound } from './exponential-scale.js';

/** Consecutive buckets of one sign: `counts[i]` is what bucket `offset + i` holds. */
export interface ExponentialBuckets {
  readonly offset: number;
  readonly counts: readonly number[];
}

/**
 * What a native histogram has collected; immutable.
 *
 * It is OTLP's `ExponentialHistogramDataPoint` field by field. For Prometheus's native histogram `schema` is the
 * scale (brought down to 8 by `downscale` where it is finer), a bucket's index is greater by 1, and empty buckets
 * are left out; `zeroThreshold` and `zeroCount` mean the same in both.
 */
export interface ExponentialHistogramData {
  /** −10 to 20: bucket `i` holds `(base^i, base^(i+1)]`, the base being `2^(2^-scale)`. */
  readonly scale: number;
  /** How many values were observed, the sum of all buckets. */
  readonly count: number;
  readonly sum: number;
  /** The least value; Infinity where there was none. */
  readonly min: number;
  /** The greatest value; −Infinity where there was none. */
  readonly max: number;
  /** Values as far from zero as this, or nearer, are counted in `zeroCount`. */
  readonly zeroThreshold: number;
  readonly zeroCount: number;
  /** No empty bucket at either end. */
  readonly positive: ExponentialBuckets;
  /** By magnitude: bucket `i` holds `[−base^(i+1), −base^i)`. */
  readonly negative: ExponentialBuckets;
}

export const NO_BUCKETS: ExponentialBuckets = { offset: 0, counts: [] };

/** The same observations at a scale no finer than the given one: nothing is lost but resolution. */
export function downscale(data: ExponentialHistogramData, scale: number): ExponentialHistogramData {
  const by = data.scale - scale;
  if (by <= 0) return data;
  return { ...data, scale, positive: coarser(data.positive, by), negative: coarser(data.negative, by) };
}

/**
 * The observations of both, at the coarser scale of the two, or at the finest below it at which neither sign takes
 * more than `maxBuckets`.
 */
export function mergeExponential(
  a: ExponentialHistogramData,
  b: ExponentialHistogramData,
  maxBuckets = 160,
): ExponentialHistogramData {
  const [left, right] = alike(a, b);
  const merged = {
    scale: left.scale,
    count: a.count + b.count,
    sum: a.sum + b.sum,
    min: Math.min(a.min, b.min),
    max: Math.max(a.max, b.max),
    zeroThreshold: left.zeroThreshold,
    zeroCount: left.zeroCount + right.zeroCount,
    positive: combined(left.positive, right.positive, 1),
    negative: combined(left.negative, right.negative, 1),
  };
  let scale = merged.scale;
  while (spanAt(merged.positive, merged.scale - scale) > maxBuckets) scale--;
  while (spanAt(merged.negative, merged.scale - scale) > maxBuckets) scale--;
  return downscale(merged, scale);
}

/**
 * What was observed between two readings of one series, at the scale of the later; `min` and `max` are those of
 * the later, for nobody knows others. The whole of `now` where the series began anew in between.
 */
export function exponentialSince(
  now: ExponentialHistogramData,
  before: ExponentialHistogramData,
): ExponentialHistogramData {
  const [left, right] = alike(now, before);
  if (now.count < before.count || left.scale < now.scale || left.zeroThreshold > now.zeroThreshold)
    return now;
  const positive = combined(left.positive, right.positive, -1);
  const negative = combined(left.negative, right.negative, -1);
  const zeroCount = left.zeroCount - right.zeroCount;
  if (zeroCount < 0 || [...positive.counts, ...negative.counts].some((count) => count < 0)) return now;
  return {
    ...left,
    count: now.count - before.count,
    sum: now.sum - before.sum,
    zeroCount,
    positive,
    negative,
  };
}

/** Buckets without the empty ones at both ends. */
export function trimmed(offset: number, counts: readonly number[]): ExponentialBuckets {
  let start = 0;
  let end = counts.length;
  while (start < end && counts[start] === 0) start++;
  while (end > start && counts[end - 1] === 0) end--;
  return start === end ? NO_BUCKETS : { offset: offset + start, counts: counts.slice(start, end) };
}

/** Each `2^by` buckets in one. */
export function coarser({ offset, counts }: ExponentialBuckets, by: number): ExponentialBuckets {
  if (counts.length === 0 || by === 0) return { offset, counts };
  const first = offset >> by;
  const sums = new Array<number>(((offset + counts.length - 1) >> by) - first + 1).fill(0);
  for (let i = 0; i < counts.length; i++) sums[((offset + i) >> by) - first]! += counts[i]!;
  return { offset: first, counts: sums };
}

/** How many buckets there are once they are `2^by` times as wide. */
function spanAt({ offset, counts }: ExponentialBuckets, by: number): number {
  return counts.length === 0 ? 0 : ((offset + counts.length - 1) >> by) - (offset >> by) + 1;
}

/** Each bucket `a + sign × b`. */
function combined(a: ExponentialBuckets, b: ExponentialBuckets, sign: 1 | -1): ExponentialBuckets {
  if (b.counts.length === 0) return a;
  const first = a.counts.length === 0 ? b.offset : Math.min(a.offset, b.offset);
  const end = Math.max(a.offset + a.counts.length, b.offset + b.counts.length);
  const counts = new Array<number>(end - first).fill(0);
  for (let i = 0; i < a.counts.length; i++) counts[a.offset - first + i] = a.counts[i]!;
  for (let i = 0; i < b.counts.length; i++) counts[b.offset - first + i]! += sign * b.counts[i]!;
  return trimmed(first, counts);
}

/** Both at one scale and with one zero bucket. */
function alike(
  a: ExponentialHistogramData,
  b: ExponentialHistogramData,
): [ExponentialHistogramData, ExponentialHistogramData] {
  const scale = Math.min(a.scale, b.scale);
  let left = downscale(a, scale);
  let right = downscale(b, scale);
  // The one takes buckets into its zero bucket for the other's sake, and may so widen it further.
  while (left.zeroThreshold !== right.zeroThreshold) {
    if (left.zeroThreshold < right.zeroThreshold) left = zeroUpTo(left, right.zeroThreshold);
    else right = zeroUpTo(right, left.zeroThreshold);
  }
  return [left, right];
}

/** With all buckets in the zero bucket that reach below the threshold; it is widened to their end. */
function zeroUpTo(data: ExponentialHistogramData, threshold: number): ExponentialHistogramData {
  let zeroThreshold = threshold;
  let { zeroCount } = data;
  const sides = [data.positive, data.negative].map(({ offset, counts }) => {
    let i = 0;
    while (i < counts.length && lowerBound(offset + i, data.scale) < threshold) {
      zeroCount += counts[i]!;
      if (counts[i]! > 0) zeroThreshold = Math.max(zeroThreshold, lowerBound(offset + i + 1, data.scale));
      i++;
    }
    return trimmed(offset + i, counts.slice(i));
  });
  return { ...data, zeroThreshold, zeroCount, positive: sides[0]!, negative: sides[1]! };
}
