import {
  downscale,
  type ExponentialBuckets,
  type ExponentialHistogramData,
} from '../../metrics/exponential-data.js';

/** The resolutions that Prometheus has. */
export const FINEST_SCHEMA = 8;
const COARSEST_SCHEMA = -4;

/** Empty buckets in a row up to which they are written out: a span takes as much room as two of them. */
const SMALL_GAP = 2;

/** Buckets as Prometheus has them: runs of those that hold something. */
export interface SpannedBuckets {
  /** Of each run, one after the other: buckets since the last run (the first: its index), and its length. */
  readonly spans: readonly number[];
  /** Of each bucket: what it holds more than the one before. */
  readonly deltas: readonly number[];
}

export interface NativeBuckets {
  readonly schema: number;
  readonly count: number;
  readonly sum: number;
  readonly zeroThreshold: number;
  readonly zeroCount: number;
  readonly positive: SpannedBuckets;
  readonly negative: SpannedBuckets;
}

/**
 * A native histogram as Prometheus has it: at schema 8 or coarser. `undefined` for one coarser than −4, where a
 * bucket spans more than 19 powers of ten; Prometheus has none such.
 *
 * Specification: https://prometheus.io/docs/specs/native_histograms/
 */
export function nativeBuckets(data: ExponentialHistogramData): NativeBuckets | undefined {
  if (data.scale < COARSEST_SCHEMA) return undefined;
  const { scale, count, sum, zeroThreshold, zeroCount, positive, negative } = downscale(data, FINEST_SCHEMA);
  const spanned = spannedBuckets(positive);
  // Without any of these it would be taken for a classic one.
  const isMarked = zeroThreshold > 0 || zeroCount > 0 || positive.counts.length + negative.counts.length > 0;
  return {
    schema: scale,
    count,
    sum,
    zeroThreshold,
    zeroCount,
    positive: isMarked ? spanned : { spans: [0, 0], deltas: [] },
    negative: spannedBuckets(negative),
  };
}

export function spannedBuckets({ offset, counts }: ExponentialBuckets): SpannedBuckets {
  const spans: number[] = [];
  const deltas: number[] = [];
  // OTLP numbers a bucket by its lower bound, Prometheus by its upper one.
  let next = 0;
  let last = 0;
  for (let i = 0; i < counts.length; i++) {
    const count = counts[i]!;
    if (count === 0) continue;
    const index = offset + i + 1;
    const gap = index - next;
    if (spans.length === 0 || gap > SMALL_GAP) spans.push(gap, 0);
    else {
      for (let j = 0; j < gap; j++) {
        deltas.push(-last);
        last = 0;
        spans[spans.length - 1]!++;
      }
    }
    deltas.push(count - last);
    spans[spans.length - 1]!++;
    last = count;
    next = index + 1;
  }
  return { spans, deltas };
}
