import type { Attributes } from '@opentelemetry/api';
import {
  type ExponentialHistogramValue,
  GAUGE,
  type HistogramValue,
  type MetricData,
  type ResourceMetrics,
  SUM,
} from '../../metrics/resource-metrics.js';
import { encodeAttributes } from './any-value.js';
import { encodeScopes } from './encode-batch.js';
import type { ProtobufWriter } from './protobuf-writer.js';

/** By `DataPointType`: the fields of a metric's data, and of a point's attributes, exemplars and `min`. */
const FIELDS = [
  [9, 9, 8, 11], // histogram
  [10, 1, 11, 12], // exponential histogram
  [5, 7, 5, 0], // gauge
  [7, 7, 5, 0], // sum
] as const;

/**
 * Writes an `ExportMetricsServiceRequest`; gives the number of data points that could not be read.
 *
 * Schema: opentelemetry/proto/metrics/v1/metrics.proto
 */
export function encodeMetrics(writer: ProtobufWriter, { resource, scopeMetrics }: ResourceMetrics): number {
  let points = 0;
  const scopes = scopeMetrics.map(({ scope, metrics }) => [scope, metrics] as const);
  const metrics = encodeScopes(writer, resource, scopes, (_, metric) => {
    try {
      encodeMetric(writer, metric);
    } catch (error) {
      points += (metric?.dataPoints?.length ?? 1) - 1;
      throw error;
    }
  });
  return metrics + points;
}

function encodeMetric(writer: ProtobufWriter, metric: MetricData): void {
  const { descriptor, dataPointType, dataPoints } = metric;
  writer.string(1, descriptor.name);
  writer.string(2, descriptor.description);
  writer.string(3, descriptor.unit);
  const fields = FIELDS[dataPointType] as (typeof FIELDS)[number] | undefined;
  if (fields === undefined) return;
  const [dataField, attributesField, exemplarsField, minField] = fields;
  const mark = writer.begin(dataField);
  for (const point of dataPoints) {
    const pointMark = writer.begin(1);
    encodeKnown(writer, attributesField, point.attributes);
    writer.time(2, point.startTime);
    writer.time(3, point.endTime);
    if (typeof point.value === 'number') encodeNumber(writer, point.value, descriptor.valueType);
    else encodeDistribution(writer, point.value, minField);
    for (const exemplar of point.exemplars ?? []) {
      const exemplarMark = writer.begin(exemplarsField);
      encodeAttributes(writer, 7, exemplar.filteredAttributes);
      writer.time(2, exemplar.time);
      writer.double(3, exemplar.value);
      writer.id(4, exemplar.spanId);
      writer.id(5, exemplar.traceId);
      writer.end(exemplarMark);
    }
    writer.end(pointMark);
  }
  // OTLP counts from 1: delta, cumulative.
  if (dataPointType !== GAUGE) writer.uint32(2, metric.aggregationTemporality + 1);
  if (dataPointType === SUM) writer.uint32(3, Number(metric.isMonotonic));
  writer.end(mark);
}

/**
 * Attributes of points, encoded, by the object that holds them. Telltale's registry and OpenTelemetry's SDK give the
 * same objects, which they never change, at each collection: 10,000 points of three attributes take 2.1 ms instead
 * of 5.7 ms when they come again. As long as the series is there 150 bytes of it are kept.
 */
const known = /* @__PURE__ */ new WeakMap<object, { readonly field: number; readonly bytes: Uint8Array }>();

function encodeKnown(writer: ProtobufWriter, field: number, attributes: Attributes): void {
  if (typeof attributes !== 'object' || attributes === null) {
    encodeAttributes(writer, field, attributes);
    return;
  }
  const before = known.get(attributes);
  if (before?.field === field) {
    writer.raw(before.bytes);
    return;
  }
  const start = writer.at;
  encodeAttributes(writer, field, attributes);
  known.set(attributes, { field, bytes: writer.copyFrom(start) });
}

/** `as_int` holds whole numbers only; a metric that says its values are whole and gives another sends a double. */
function encodeNumber(writer: ProtobufWriter, value: number, valueType: number): void {
  if (valueType === 0 && Number.isSafeInteger(value)) writer.fixed64(6, value);
  else writer.double(4, value);
}

/** Both kinds of histogram: they share their first fields, and at the end `min` and, next to it, `max`. */
function encodeDistribution(
  writer: ProtobufWriter,
  value: HistogramValue | ExponentialHistogramValue,
  min: number,
): void {
  writer.fixed64(4, value.count);
  writer.double(5, value.sum);
  if ('buckets' in value) {
    writer.list(6, value.buckets.counts, 'fixed64');
    writer.list(7, value.buckets.boundaries, 'double');
  } else {
    writer.sint32(6, value.scale);
    writer.fixed64(7, value.zeroCount);
    encodeBuckets(writer, 8, value.positive);
    encodeBuckets(writer, 9, value.negative);
    if (value.zeroThreshold) writer.double(14, value.zeroThreshold);
  }
  writer.double(min, value.min);
  writer.double(min + 1, value.max);
}

function encodeBuckets(
  writer: ProtobufWriter,
  field: number,
  { offset, bucketCounts }: ExponentialHistogramValue['positive'],
): void {
  if (bucketCounts.length === 0) return;
  const mark = writer.begin(field);
  writer.sint32(1, offset);
  writer.list(2, bucketCounts, 'varint');
  writer.end(mark);
}
