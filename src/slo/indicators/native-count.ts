import type { ExponentialHistogramData } from '../../metrics/exponential-data.js';
import { lowerBound } from '../../metrics/exponential-scale.js';

/**
 * How many observations of a native histogram were at most `threshold`, which is at least 0. The bucket that it
 * falls into is divided on a logarithmic scale, as PromQL's `histogram_fraction` does.
 */
export function countUpTo(data: ExponentialHistogramData, threshold: number): number {
  let count = data.negative.counts.reduce((sum, bucket) => sum + bucket, 0);
  if (threshold >= data.zeroThreshold) count += data.zeroCount;
  const { offset, counts } = data.positive;
  for (let i = 0; i < counts.length; i++) {
    const lower = lowerBound(offset + i, data.scale);
    if (lower >= threshold) break;
    const upper = lowerBound(offset + i + 1, data.scale);
    const share = upper <= threshold ? 1 : Math.log2(threshold / lower) / Math.log2(upper / lower);
    count += counts[i]! * share;
  }
  return count;
}
