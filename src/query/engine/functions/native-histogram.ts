import type { Bucket, FloatHistogram } from '../../histogram/histogram.js';
import { KahanSum } from '../kahan.js';

/**
 * The quantile of a native histogram: exponential within exponential buckets, as if observations were spread
 * over the buckets of a finer one; linear within custom buckets and the zero bucket.
 */
export function nativeQuantile(q: number, histogram: FloatHistogram): number {
  if (q < 0) return -Infinity;
  if (q > 1) return Infinity;
  if (histogram.count === 0 || Number.isNaN(q)) return Number.NaN;
  // NaN observations are in the count but in no bucket: then only counting from below is right.
  const forward = Number.isNaN(histogram.sum) || q < 0.5;
  const buckets = histogram.buckets();
  if (!forward) buckets.reverse();
  const rank = (forward ? q : 1 - q) * histogram.count;
  let bucket: Bucket = { lower: 0, upper: 0, lowerInclusive: false, upperInclusive: false, count: 0 };
  let passed = 0;
  for (const candidate of buckets) {
    bucket = candidate;
    if (bucket.count === 0) continue;
    passed += bucket.count;
    if (passed >= rank) break;
  }
  let { lower, upper } = zeroSided(bucket, histogram);
  if (histogram.custom) {
    if (lower === -Infinity) {
      if (upper <= 0) return upper;
      lower = 0;
    } else if (upper === Infinity) return lower;
  }
  passed = Math.min(passed, histogram.count);
  if (passed < rank) return Number.isNaN(histogram.sum) ? Number.NaN : upper;
  const inside = forward ? rank - (passed - bucket.count) : passed - rank;
  return interpolate(lower, upper, inside / bucket.count, histogram.custom);
}

/** The share of observations between two values. */
export function nativeFraction(lower: number, upper: number, histogram: FloatHistogram): number {
  if (histogram.count === 0 || Number.isNaN(lower) || Number.isNaN(upper)) return Number.NaN;
  if (lower >= upper) return 0;
  const buckets = histogram.buckets();
  // Beyond all buckets lie all observations, were they not NaN.
  const total = Number.isNaN(histogram.sum)
    ? buckets.reduce((sum, { count }) => sum + count, 0)
    : histogram.count;
  const rank = (value: number): number =>
    Math.min(rankOf(value, buckets, histogram) ?? total, histogram.count);
  return (rank(upper) - rank(lower)) / histogram.count;
}

/** Mean of the squared distances from the mean, each bucket's observations taken to be in its middle. */
export function nativeVariance(histogram: FloatHistogram): number {
  const mean = histogram.sum / histogram.count;
  const squares = new KahanSum();
  for (const { lower, upper, count } of histogram.buckets()) {
    if (count === 0) continue;
    const distance = middle(lower, upper, histogram.custom) - mean;
    squares.add(count * distance * distance);
  }
  return (squares.sum + squares.error) / histogram.count;
}

/** The middle on the scale of the bucket: arithmetic for custom buckets, geometric for exponential ones. */
function middle(lower: number, upper: number, custom: boolean): number {
  if (custom) return (lower + upper) / 2;
  if (lower <= 0 && upper >= 0) return 0;
  const root = Math.sqrt(lower * upper);
  return upper < 0 ? -root : root;
}

/** The zero bucket ends at zero on the side on which there are no observations. */
function zeroSided(
  bucket: Bucket,
  { custom, positive, negative }: FloatHistogram,
): { lower: number; upper: number } {
  const { lower, upper } = bucket;
  if (custom || lower > 0 || upper < 0) return { lower, upper };
  if (negative.indexes.length === 0 && positive.indexes.length > 0) return { lower: 0, upper };
  if (positive.indexes.length === 0 && negative.indexes.length > 0) return { lower, upper: 0 };
  return { lower, upper };
}

function interpolate(lower: number, upper: number, fraction: number, custom: boolean): number {
  if (custom || (lower <= 0 && upper >= 0)) return lower + (upper - lower) * fraction;
  const logLower = Math.log2(Math.abs(lower));
  const logUpper = Math.log2(Math.abs(upper));
  if (lower > 0) return 2 ** (logLower + (logUpper - logLower) * fraction);
  return -(2 ** (logUpper + (logLower - logUpper) * (1 - fraction)));
}

/** How many observations are below a value; `undefined` where it lies beyond all buckets. */
function rankOf(value: number, buckets: readonly Bucket[], histogram: FloatHistogram): number | undefined {
  let rank = 0;
  for (const bucket of buckets) {
    let { lower, upper } = zeroSided(bucket, histogram);
    // Custom buckets begin at zero, as classic ones do, unless the first ends below it.
    if (histogram.custom && lower === -Infinity && upper > 0) lower = 0;
    if (lower >= value) return rank;
    if (upper > value) return rank + bucket.count * fractionBelow(value, lower, upper, histogram.custom);
    rank += bucket.count;
  }
  return undefined;
}

function fractionBelow(value: number, lower: number, upper: number, custom: boolean): number {
  if (custom || (lower <= 0 && upper >= 0)) return (value - lower) / (upper - lower);
  const logLower = Math.log2(Math.abs(lower));
  const logUpper = Math.log2(Math.abs(upper));
  const logValue = Math.log2(Math.abs(value));
  if (value > 0) return (logValue - logLower) / (logUpper - logLower);
  return 1 - (logValue - logUpper) / (logLower - logUpper);
}
