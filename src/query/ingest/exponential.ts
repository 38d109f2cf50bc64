import { downscale, type ExponentialHistogramData } from '../../metrics/exponential-data.js';
import { bucketsFrom } from '../histogram/buckets.js';
import { FloatHistogram } from '../histogram/histogram.js';

/** The resolutions that Prometheus has. */
const FINEST_SCHEMA = 8;
const COARSEST_SCHEMA = -4;

/**
 * What a native histogram of a registry has collected, as PromQL works with it; `undefined` where it is coarser than
 * PromQL knows: a bucket of more than 19 powers of ten.
 */
export function floatHistogramOf(data: ExponentialHistogramData): FloatHistogram | undefined {
  if (data.scale < COARSEST_SCHEMA) return undefined;
  const { scale, count, sum, zeroThreshold, zeroCount, positive, negative } = downscale(data, FINEST_SCHEMA);
  return new FloatHistogram({
    schema: scale,
    count,
    sum,
    zeroThreshold,
    zeroCount,
    // OTLP numbers a bucket by its lower bound, Prometheus by its upper one.
    positive: bucketsFrom(positive.offset + 1, positive.counts),
    negative: bucketsFrom(negative.offset + 1, negative.counts),
  }).compact();
}
