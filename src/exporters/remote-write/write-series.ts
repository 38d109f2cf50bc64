import type { Attributes, HrTime } from '@opentelemetry/api';
import type { ExponentialHistogramData } from '../../metrics/exponential-data.js';
import { labelText } from '../../metrics/labels.js';
import { prometheusLabel, prometheusName } from '../../metrics/prometheus-names.js';
import {
  type DataPoint,
  EXPONENTIAL_HISTOGRAM,
  type ExemplarPoint,
  type ExponentialHistogramValue,
  GAUGE,
  HISTOGRAM,
  type HistogramValue,
  type MetricData,
  type ResourceMetrics,
  SUM,
} from '../../metrics/resource-metrics.js';
import { type NativeBuckets, nativeBuckets } from '../prometheus/native-buckets.js';

/** `MetricType` of both protocols. */
export const METRIC_TYPES = { counter: 1, gauge: 2, histogram: 3 } as const;

/** What is said of all series of a metric. */
export interface WriteFamily {
  readonly name: string;
  readonly type: keyof typeof METRIC_TYPES;
  readonly help: string;
  readonly unit: string;
}

/** One sample of one series. */
export interface WriteSeries {
  readonly family: WriteFamily;
  /** `[name, value, name, value, …]`, sorted by name. */
  readonly labels: readonly string[];
  /** Milliseconds since the Unix epoch. */
  readonly time: number;
  /** Since when it counts, likewise; 0 for what does not count. */
  readonly started: number;
  readonly value: number | NativeBuckets;
  readonly exemplars: readonly ExemplarPoint[];
}

/**
 * Collected metrics as Prometheus has them. Telltale's own names are Prometheus' already; others are made so.
 * Histograms become their classic lines, exponential ones native histograms. What says since when it counts from
 * zero anew each time (delta) is left out, and counted.
 *
 * @param shared labels of every series; its own win
 */
export function writeSeries(
  metrics: ResourceMetrics,
  shared: Readonly<Record<string, string>>,
): { series: WriteSeries[]; unfit: number } {
  const series: WriteSeries[] = [];
  let unfit = 0;
  for (const { scope, metrics: ofScope } of metrics.scopeMetrics) {
    for (const metric of ofScope) {
      if (metric.dataPointType !== GAUGE && metric.aggregationTemporality === 0) {
        unfit += metric.dataPoints.length;
        continue;
      }
      const family = familyOf(metric, scope.name === 'telltale');
      for (const point of metric.dataPoints) {
        try {
          add(series, family, point, labelsOf(point.attributes, shared));
        } catch {
          unfit++;
        }
      }
    }
  }
  return { series, unfit };
}

function familyOf(metric: MetricData, isOurs: boolean): WriteFamily {
  const { name, description, unit } = metric.descriptor;
  const { dataPointType } = metric;
  const isHistogram = dataPointType === HISTOGRAM || dataPointType === EXPONENTIAL_HISTOGRAM;
  const type = isHistogram ? 'histogram' : dataPointType === SUM && metric.isMonotonic ? 'counter' : 'gauge';
  return { name: isOurs ? name : prometheusName(name, unit, type), type, help: description, unit };
}

type Labels = Readonly<Record<string, string>>;

function labelsOf(attributes: Attributes, shared: Labels): Labels {
  const labels: Record<string, string> = {};
  for (const key of Object.keys(attributes)) {
    const name = prometheusLabel(key);
    const text = attributeText(attributes[key]);
    // Two that become one name are told one after the other, as the specification has it.
    labels[name] = labels[name] === undefined ? text : `${labels[name]};${text}`;
  }
  return { ...shared, ...labels };
}

function attributeText(value: unknown): string {
  return labelText(typeof value === 'object' && value !== null ? JSON.stringify(value) : value);
}

function add(
  series: WriteSeries[],
  family: WriteFamily,
  point: DataPoint<number | HistogramValue | ExponentialHistogramValue>,
  labels: Labels,
): void {
  const { value, exemplars = [] } = point;
  const time = milliseconds(point.endTime);
  const started = family.type === 'gauge' ? 0 : milliseconds(point.startTime);
  const line = (
    name: string,
    number: number | NativeBuckets,
    own: readonly ExemplarPoint[] = [],
    cut?: string,
  ) => {
    const all: Record<string, string> = { ...labels, __name__: name };
    if (cut !== undefined) all.le = cut;
    series.push({ family, labels: sorted(all), time, started, value: number, exemplars: own });
  };
  const { name } = family;
  if (typeof value === 'number') line(name, value, exemplars);
  else if ('buckets' in value) {
    const { boundaries, counts } = value.buckets;
    let count = 0;
    for (let i = 0; i < counts.length; i++) {
      count += counts[i]!;
      const low = i === 0 ? -Infinity : boundaries[i - 1]!;
      const high = i < boundaries.length ? boundaries[i]! : Infinity;
      const own = exemplars.filter((exemplar) => exemplar.value > low && exemplar.value <= high);
      line(`${name}_bucket`, count, own, high === Infinity ? '+Inf' : String(high));
    }
    line(`${name}_sum`, value.sum ?? Number.NaN);
    line(`${name}_count`, value.count);
  } else {
    const native = nativeBuckets(dataOf(value));
    if (native !== undefined) line(name, native, exemplars);
    else {
      line(`${name}_bucket`, value.count, exemplars, '+Inf');
      line(`${name}_sum`, value.sum ?? Number.NaN);
      line(`${name}_count`, value.count);
    }
  }
}

function dataOf(value: ExponentialHistogramValue): ExponentialHistogramData {
  const { scale, count, sum = Number.NaN, zeroCount, zeroThreshold = 0, positive, negative } = value;
  return {
    scale,
    count,
    sum,
    zeroCount,
    zeroThreshold,
    positive: { offset: positive.offset, counts: positive.bucketCounts },
    negative: { offset: negative.offset, counts: negative.bucketCounts },
    min: value.min ?? Infinity,
    max: value.max ?? -Infinity,
  };
}

/** By name, and without those that are empty: to Prometheus they are not there. */
function sorted(labels: Labels): string[] {
  const flat: string[] = [];
  for (const name of Object.keys(labels).sort()) {
    if (labels[name] !== '') flat.push(name, labels[name]!);
  }
  return flat;
}

export function milliseconds([seconds, nanoseconds]: HrTime): number {
  return seconds * 1000 + Math.floor(nanoseconds / 1e6);
}
