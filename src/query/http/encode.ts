import type { FloatHistogram } from '../histogram/histogram.js';
import type { ResultPoint, ResultValue } from '../result.js';
import type { SeriesExemplars } from '../store/exemplars.js';
import type {
  WireBucket,
  WireExemplars,
  WireHistogram,
  WireHistogramValue,
  WireResult,
  WireValue,
} from './wire.js';

/** A result as Prometheus's HTTP API gives it. */
export function encodeResult(result: ResultValue): WireResult {
  switch (result.type) {
    case 'scalar':
      return { resultType: 'scalar', result: [result.time / 1000, encodeFloat(result.value)] };
    case 'string':
      return { resultType: 'string', result: [result.time / 1000, result.value] };
    case 'vector':
      return {
        resultType: 'vector',
        result: result.samples.map(({ labels, ...point }) => ({
          metric: labels.toObject(),
          ...(typeof point.value === 'number'
            ? { value: floatOf(point) }
            : { histogram: histogramOf(point) }),
        })),
      };
    case 'matrix':
      return {
        resultType: 'matrix',
        result: result.series.map(({ labels, points }) => {
          const values = points.filter(({ value }) => typeof value === 'number').map(floatOf);
          const histograms = points.filter(({ value }) => typeof value !== 'number').map(histogramOf);
          return {
            metric: labels.toObject(),
            ...(values.length > 0 ? { values } : {}),
            ...(histograms.length > 0 ? { histograms } : {}),
          };
        }),
      };
  }
}

/** The exemplars of a series as Prometheus's HTTP API gives them. */
export function encodeExemplars({ series, exemplars }: SeriesExemplars): WireExemplars {
  return {
    seriesLabels: series.toObject(),
    exemplars: exemplars.map(({ labels, value, time }) => ({
      labels: labels.toObject(),
      value: encodeFloat(value),
      timestamp: time / 1000,
    })),
  };
}

function floatOf({ time, value }: ResultPoint): WireValue {
  return [time / 1000, encodeFloat(value as number)];
}

function histogramOf({ time, value }: ResultPoint): WireHistogramValue {
  return [time / 1000, encodeHistogram(value as FloatHistogram)];
}

function encodeHistogram(histogram: FloatHistogram): WireHistogram {
  const buckets = histogram
    .buckets()
    .filter(({ count }) => count !== 0)
    .map(({ lower, upper, lowerInclusive, upperInclusive, count }): WireBucket => {
      const rule = lowerInclusive ? (upperInclusive ? 3 : 1) : upperInclusive ? 0 : 2;
      return [rule, encodeFloat(lower), encodeFloat(upper), encodeFloat(count)];
    });
  const totals = { count: encodeFloat(histogram.count), sum: encodeFloat(histogram.sum) };
  return buckets.length > 0 ? { ...totals, buckets } : totals;
}

/** JSON knows no NaN and no infinity: numbers travel as text, a negative zero with its sign, as in Prometheus. */
export function encodeFloat(value: number): string {
  if (value === Infinity) return '+Inf';
  if (value === -Infinity) return '-Inf';
  return Object.is(value, -0) ? '-0' : String(value);
}
