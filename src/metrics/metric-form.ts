import type { Attributes } from '@opentelemetry/api';
import type { ExponentialHistogramData } from './exponential-data.js';
import type {
  AggregationTemporality,
  DataPoint,
  ExponentialHistogramValue,
  MetricData,
  MetricDescriptor,
} from './resource-metrics.js';
import { CUMULATIVE, EXPONENTIAL_HISTOGRAM, GAUGE, SUM } from './resource-metrics.js';
import type { Series } from './series.js';

/** The state of a classic histogram at one moment. */
export interface HistogramReading {
  readonly counts: readonly number[];
  readonly sum: number;
  readonly count: number;
}

/** What a series has gathered at one moment. */
export type Reading = number | HistogramReading | ExponentialHistogramData;

/** A reading of a registry, at the metric at hand. */
export interface MetricView {
  readonly temporality: AggregationTemporality;
  /** What the metric is called and means; `suffix` is put behind its name. */
  describe(suffix?: string): MetricDescriptor;
  /** A value as it is, with further attributes. */
  point<T>(series: Series, value: T, more?: Attributes): DataPoint<T>;
  /**
   * What was gathered: from the beginning of each series, or, with delta temporality, since the last reading.
   *
   * @param show makes a point's value of it; `whole` says that it is all that the series has gathered
   */
  gathered<S extends Series, R extends Reading, V>(
    all: readonly S[],
    read: (series: S) => R,
    show: (reading: R, whole: boolean) => V,
  ): DataPoint<V>[];
}

/**
 * What a metric is to OpenTelemetry's exporters. Counters, gauges and classic histograms every reader knows; the
 * other kinds bring theirs along, so that those who have none do not bundle it.
 */
export type MetricForm = (view: MetricView, all: readonly Series[], metric: FormedMetric) => MetricData[];

/** What the forms read of the metrics that have one. */
interface FormedMetric {
  readonly percentiles?: readonly number[];
  readonly states?: readonly string[];
  readonly name: string;
}

export function sameValue<T>(value: T): T {
  return value;
}

/**
 * OpenTelemetry JS has no summary points. A summary becomes what its Prometheus lines are: a gauge of quantiles
 * with the attribute `quantile`, and the sums `…_sum` and `…_count`.
 */
export const summaryForm: MetricForm = (view, all, { percentiles }) => {
  const some = all as readonly (Series & { readonly sum: number; readonly count: number })[];
  const quantiles = some.flatMap((series) => {
    const values = series.numbers();
    return percentiles!.map((quantile, i) => view.point(series, values[i]!, { quantile: String(quantile) }));
  });
  return [
    gaugeData(view.describe(), quantiles),
    {
      descriptor: view.describe('_sum'),
      aggregationTemporality: CUMULATIVE,
      dataPointType: SUM,
      isMonotonic: false, // what is observed may be negative
      dataPoints: some.map((series) => view.point(series, series.sum)),
    },
    {
      descriptor: { ...view.describe('_count'), unit: '' },
      aggregationTemporality: view.temporality,
      dataPointType: SUM,
      isMonotonic: true,
      dataPoints: view.gathered(some, ({ count }) => count, sameValue),
    },
  ];
};

/** A gauge, with the state as the attribute that bears the metric's name. */
export const stateSetForm: MetricForm = (view, all, { states }) => {
  const descriptor = view.describe();
  const points = all.flatMap((series) =>
    series.numbers().map((on, i) => view.point(series, on, { [descriptor.name]: states![i]! })),
  );
  return [gaugeData(descriptor, points)];
};

export const nativeForm: MetricForm = (view, all) => [
  {
    descriptor: view.describe(),
    aggregationTemporality: view.temporality,
    dataPointType: EXPONENTIAL_HISTOGRAM,
    dataPoints: view.gathered(
      all as readonly (Series & { data(): ExponentialHistogramData })[],
      (series) => series.data(),
      exponentialValue,
    ),
  },
];

/** @param whole the extremes of a part of what was observed nobody knows */
function exponentialValue(data: ExponentialHistogramData, whole: boolean): ExponentialHistogramValue {
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
    ...(whole && count > 0 && { min, max }),
  };
}

export function gaugeData(descriptor: MetricDescriptor, dataPoints: DataPoint<number>[]): MetricData {
  return { descriptor, aggregationTemporality: CUMULATIVE, dataPointType: GAUGE, dataPoints };
}
