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
import { encodeAttributes } from './any-value.js';
import { beginResource, beginScope, endResource, endScope } from './encode-batch.js';
import type { OtlpWriter } from './otlp-writer.js';

/**
 * Writes an `ExportMetricsServiceRequest`; gives the number of data points that could not be read.
 *
 * Schema: opentelemetry/proto/metrics/v1/metrics.proto
 */
export function encodeMetrics(writer: OtlpWriter, metrics: ResourceMetrics): number {
  let unreadable = 0;
  const resourceMark = beginResource(writer, 'resourceMetrics', metrics.resource);
  for (const { scope, metrics: own } of metrics.scopeMetrics) {
    const scopeMark = beginScope(writer, 'scopeMetrics', scope);
    for (const metric of own) {
      const position = writer.position();
      try {
        const mark = writer.begin(2, 'metrics');
        encodeMetric(writer, metric);
        writer.endItem('metrics', mark);
      } catch {
        writer.rewind(position);
        unreadable += metric?.dataPoints?.length ?? 1;
      }
    }
    endScope(writer, 'scopeMetrics', scope, scopeMark);
  }
  endResource(writer, 'resourceMetrics', metrics.resource, resourceMark);
  return unreadable;
}

function encodeMetric(writer: OtlpWriter, metric: MetricData): void {
  const { descriptor } = metric;
  writer.string(1, 'name', descriptor.name);
  writer.string(2, 'description', descriptor.description);
  writer.string(3, 'unit', descriptor.unit);
  switch (metric.dataPointType) {
    case GAUGE: {
      const mark = writer.begin(5, 'gauge');
      for (const point of metric.dataPoints) encodeNumber(writer, point, descriptor.valueType);
      writer.end('gauge', mark);
      break;
    }
    case SUM: {
      const mark = writer.begin(7, 'sum');
      for (const point of metric.dataPoints) encodeNumber(writer, point, descriptor.valueType);
      encodeTemporality(writer, metric);
      writer.bool(3, 'isMonotonic', metric.isMonotonic);
      writer.end('sum', mark);
      break;
    }
    case HISTOGRAM: {
      const mark = writer.begin(9, 'histogram');
      for (const point of metric.dataPoints) encodeHistogram(writer, point);
      encodeTemporality(writer, metric);
      writer.end('histogram', mark);
      break;
    }
    case EXPONENTIAL_HISTOGRAM: {
      const mark = writer.begin(10, 'exponentialHistogram');
      for (const point of metric.dataPoints) encodeExponential(writer, point);
      encodeTemporality(writer, metric);
      writer.end('exponentialHistogram', mark);
    }
  }
}

/** OTLP counts from 1: delta, cumulative. */
function encodeTemporality(writer: OtlpWriter, metric: MetricData): void {
  writer.uint32(2, 'aggregationTemporality', metric.aggregationTemporality + 1);
}

function encodeNumber(writer: OtlpWriter, point: DataPoint<number>, valueType: number): void {
  const mark = writer.begin(1, 'dataPoints');
  encodeAttributes(writer, 7, 'attributes', point.attributes);
  encodeTimes(writer, point);
  encodeValue(writer, point.value, valueType === 0);
  encodeExemplars(writer, 5, point.exemplars);
  writer.endItem('dataPoints', mark);
}

/** `as_int` holds whole numbers only; a metric that says its values are whole and gives another sends a double. */
function encodeValue(writer: OtlpWriter, value: number, whole: boolean): void {
  if (whole && Number.isSafeInteger(value)) writer.alwaysFixed64(6, 'asInt', value);
  else writer.alwaysDouble(4, 'asDouble', value);
}

function encodeHistogram(writer: OtlpWriter, point: DataPoint<HistogramValue>): void {
  const { value } = point;
  const mark = writer.begin(1, 'dataPoints');
  encodeAttributes(writer, 9, 'attributes', point.attributes);
  encodeTimes(writer, point);
  writer.alwaysFixed64(4, 'count', value.count);
  if (value.sum !== undefined) writer.alwaysDouble(5, 'sum', value.sum);
  writer.fixed64List(6, 'bucketCounts', value.buckets.counts);
  writer.doubleList(7, 'explicitBounds', value.buckets.boundaries);
  encodeExemplars(writer, 8, point.exemplars);
  if (value.min !== undefined) writer.alwaysDouble(11, 'min', value.min);
  if (value.max !== undefined) writer.alwaysDouble(12, 'max', value.max);
  writer.endItem('dataPoints', mark);
}

function encodeExponential(writer: OtlpWriter, point: DataPoint<ExponentialHistogramValue>): void {
  const { value } = point;
  const mark = writer.begin(1, 'dataPoints');
  encodeAttributes(writer, 1, 'attributes', point.attributes);
  encodeTimes(writer, point);
  writer.alwaysFixed64(4, 'count', value.count);
  if (value.sum !== undefined) writer.alwaysDouble(5, 'sum', value.sum);
  writer.sint32(6, 'scale', value.scale);
  writer.alwaysFixed64(7, 'zeroCount', value.zeroCount);
  encodeBuckets(writer, 8, 'positive', value.positive);
  encodeBuckets(writer, 9, 'negative', value.negative);
  encodeExemplars(writer, 11, point.exemplars);
  if (value.min !== undefined) writer.alwaysDouble(12, 'min', value.min);
  if (value.max !== undefined) writer.alwaysDouble(13, 'max', value.max);
  writer.endItem('dataPoints', mark);
}

function encodeBuckets(
  writer: OtlpWriter,
  field: number,
  name: string,
  buckets: ExponentialHistogramValue['positive'],
): void {
  if (buckets.bucketCounts.length === 0) return;
  const mark = writer.begin(field, name);
  writer.sint32(1, 'offset', buckets.offset);
  writer.uint64List(2, 'bucketCounts', buckets.bucketCounts);
  writer.end(name, mark);
}

function encodeTimes(writer: OtlpWriter, point: DataPoint<unknown>): void {
  writer.time(2, 'startTimeUnixNano', point.startTime);
  writer.time(3, 'timeUnixNano', point.endTime);
}

function encodeExemplars(
  writer: OtlpWriter,
  field: number,
  exemplars: readonly ExemplarPoint[] | undefined,
): void {
  if (exemplars === undefined) return;
  for (const exemplar of exemplars) {
    const mark = writer.begin(field, 'exemplars');
    encodeAttributes(writer, 7, 'filteredAttributes', exemplar.filteredAttributes);
    writer.time(2, 'timeUnixNano', exemplar.time);
    writer.alwaysDouble(3, 'asDouble', exemplar.value);
    writer.id(4, 'spanId', exemplar.spanId);
    writer.id(5, 'traceId', exemplar.traceId);
    writer.endItem('exemplars', mark);
  }
}
