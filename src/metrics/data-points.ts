import type { HrTime } from '@opentelemetry/api';
import type { ExponentialHistogramData } from './exponential-data.js';
import type { ExemplarPoint, ExponentialHistogramValue } from './resource-metrics.js';
import type { Series } from './series.js';

/** The exemplars of a series from a moment on. */
export function exemplarPoints({ exemplars }: Series, from: number): ExemplarPoint[] {
  const points: ExemplarPoint[] = [];
  for (const exemplar of exemplars!.read()) {
    if (exemplar === undefined || exemplar.time < from) continue;
    const { value, time, traceId, spanId, labels } = exemplar;
    points.push({
      time: hrTime(time),
      value,
      ...(traceId !== undefined && { traceId }),
      ...(spanId !== undefined && { spanId }),
      ...(labels !== undefined && { filteredAttributes: labels }),
    });
  }
  return points;
}

/** @param withExtremes with the least and the greatest value, where it is known of what */
export function exponentialValue(
  data: ExponentialHistogramData,
  withExtremes: boolean,
): ExponentialHistogramValue {
  const { scale, count, sum, zeroCount, zeroThreshold, positive, negative, min, max } = data;
  const buckets = ({ offset, counts }: typeof positive) => ({ offset, bucketCounts: [...counts] });
  return {
    count,
    sum,
    scale,
    zeroCount,
    positive: buckets(positive),
    negative: buckets(negative),
    ...(zeroThreshold > 0 && { zeroThreshold }),
    ...(withExtremes && count > 0 && { min, max }),
  };
}

/** Wall-clock milliseconds as OpenTelemetry has times. */
export function hrTime(ms: number): HrTime {
  const seconds = Math.floor(ms / 1000);
  return [seconds, Math.round((ms - seconds * 1000) * 1e6)];
}
