import { exponentialBound } from './bounds.js';
import { type Buckets, filterBuckets } from './buckets.js';

/** The fields of a histogram that its zero bucket has to do with. */
export interface ZeroBucketFields {
  readonly schema: number;
  readonly zeroThreshold: number;
  readonly zeroCount: number;
  readonly positive: Buckets;
  readonly negative: Buckets;
}

/**
 * The histogram as it would be with a wider zero bucket. A populated bucket that the threshold cuts through is
 * taken in whole, so the threshold may come out larger than asked for.
 */
export function zeroBucketAt(histogram: ZeroBucketFields, threshold: number): ZeroBucketFields {
  if (threshold <= histogram.zeroThreshold) return histogram;
  let reached = threshold;
  for (;;) {
    const before = reached;
    for (const side of [histogram.positive, histogram.negative])
      reached = coverCutBucket(side, histogram.schema, reached);
    if (reached === before) break;
  }
  const inside = (index: number): boolean => exponentialBound(index, histogram.schema) <= reached;
  let zeroCount = histogram.zeroCount;
  for (const side of [histogram.positive, histogram.negative]) {
    for (const [i, index] of side.indexes.entries()) if (inside(index)) zeroCount += side.counts[i]!;
  }
  const outside = (index: number): boolean => !inside(index);
  return {
    schema: histogram.schema,
    zeroThreshold: reached,
    zeroCount,
    positive: filterBuckets(histogram.positive, outside),
    negative: filterBuckets(histogram.negative, outside),
  };
}

/** Both histograms with the same zero bucket, the smallest that can hold both. */
export function reconcileZeroBuckets(
  a: ZeroBucketFields,
  b: ZeroBucketFields,
): [ZeroBucketFields, ZeroBucketFields] {
  let left = a;
  let right = b;
  while (left.zeroThreshold !== right.zeroThreshold) {
    if (left.zeroThreshold < right.zeroThreshold) left = zeroBucketAt(left, right.zeroThreshold);
    else right = zeroBucketAt(right, left.zeroThreshold);
  }
  return [left, right];
}

/** The threshold moved out to the far bound of the populated bucket that it cuts through, if there is one. */
function coverCutBucket(side: Buckets, schema: number, threshold: number): number {
  for (const [i, index] of side.indexes.entries()) {
    const upper = exponentialBound(index, schema);
    if (upper <= threshold) continue;
    const cuts = exponentialBound(index - 1, schema) < threshold && side.counts[i] !== 0;
    return cuts ? upper : threshold;
  }
  return threshold;
}
