import type { Attributes, HrTime } from '@opentelemetry/api';
import type { ExportResult, InstrumentationScope } from '../common/export.js';
import type { Resource } from '../common/resource.js';

/**
 * The metric data of OpenTelemetry's metrics SDK, written down here so that telltale needs none of its packages
 * at run time. The numbers are those of its enums. Type tests prove them interchangeable with the originals.
 */

/** `AggregationTemporality`: what a point counts from. */
export const DELTA = 0;
export const CUMULATIVE = 1;
export type AggregationTemporality = typeof DELTA | typeof CUMULATIVE;

/** `DataPointType`: what `value` of a point is. */
export const HISTOGRAM = 0;
export const EXPONENTIAL_HISTOGRAM = 1;
export const GAUGE = 2;
export const SUM = 3;

export interface DataPoint<T> {
  readonly startTime: HrTime;
  readonly endTime: HrTime;
  readonly attributes: Attributes;
  readonly value: T;
  /** Not part of OpenTelemetry JS, whose exporters pass over it; telltale's OTLP exporter sends it. */
  readonly exemplars?: readonly ExemplarPoint[];
}

export interface ExemplarPoint {
  readonly time: HrTime;
  readonly value: number;
  readonly traceId?: string | undefined;
  readonly spanId?: string | undefined;
  readonly filteredAttributes?: Attributes | undefined;
}

export interface HistogramValue {
  /** `counts` is one longer than `boundaries`, which are inclusive upper bounds. */
  buckets: { boundaries: number[]; counts: number[] };
  sum?: number;
  count: number;
  min?: number;
  max?: number;
}

export interface ExponentialHistogramValue {
  count: number;
  sum?: number;
  scale: number;
  zeroCount: number;
  /** Values as near to zero as this are in `zeroCount`. Not part of OpenTelemetry JS. Default 0. */
  zeroThreshold?: number;
  positive: { offset: number; bucketCounts: number[] };
  negative: { offset: number; bucketCounts: number[] };
  min?: number;
  max?: number;
}

export interface MetricDescriptor {
  readonly name: string;
  readonly description: string;
  readonly unit: string;
  /** 0 for whole numbers, 1 for doubles, as in the API's `ValueType`. */
  readonly valueType: 0 | 1;
}

interface BaseMetricData {
  readonly descriptor: MetricDescriptor;
  readonly aggregationTemporality: AggregationTemporality;
}

export interface SumMetricData extends BaseMetricData {
  readonly dataPointType: typeof SUM;
  readonly dataPoints: DataPoint<number>[];
  readonly isMonotonic: boolean;
}

export interface GaugeMetricData extends BaseMetricData {
  readonly dataPointType: typeof GAUGE;
  readonly dataPoints: DataPoint<number>[];
}

export interface HistogramMetricData extends BaseMetricData {
  readonly dataPointType: typeof HISTOGRAM;
  readonly dataPoints: DataPoint<HistogramValue>[];
}

export interface ExponentialHistogramMetricData extends BaseMetricData {
  readonly dataPointType: typeof EXPONENTIAL_HISTOGRAM;
  readonly dataPoints: DataPoint<ExponentialHistogramValue>[];
}

export type MetricData =
  | SumMetricData
  | GaugeMetricData
  | HistogramMetricData
  | ExponentialHistogramMetricData;

export interface ScopeMetrics {
  scope: InstrumentationScope;
  metrics: MetricData[];
}

export interface ResourceMetrics {
  resource: Resource;
  scopeMetrics: ScopeMetrics[];
}

/** Sends collected metrics somewhere; OpenTelemetry's `PushMetricExporter`. */
export interface PushMetricExporter {
  export(metrics: ResourceMetrics, resultCallback: (result: ExportResult) => void): void;
  forceFlush(): Promise<void>;
  shutdown(): Promise<void>;
  /** What the points of an instrument are to count from. Default: `CUMULATIVE` for all. */
  selectAggregationTemporality?(instrumentType: string): AggregationTemporality;
}
