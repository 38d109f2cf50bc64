import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { HrTime } from '@opentelemetry/api';
import { describe, expect, it } from 'vitest';
import { resourceOf } from '../../../src/common/resource.js';
import { encodeLogs } from '../../../src/exporters/otlp/encode-logs.js';
import { encodeMetrics } from '../../../src/exporters/otlp/encode-metrics.js';
import { encodeSpans } from '../../../src/exporters/otlp/encode-spans.js';
import { ProtobufWriter } from '../../../src/exporters/otlp/protobuf-writer.js';
import { readProtobuf } from '../../../src/exporters/otlp/read-protobuf.js';
import type { ReadableLogRecord } from '../../../src/logs/readable-log-record.js';
import type { MetricData, ResourceMetrics } from '../../../src/metrics/resource-metrics.js';
import type { ReadableSpan } from '../../../src/trace/readable-span.js';
import { decodeOfficially, type Json } from './official.js';

/**
 * The examples of opentelemetry-proto: read into telltale's records, then written again in both formats. Both
 * must say what the example says.
 */
const base =
  process.env.TELLTALE_CONFORMANCE ??
  fileURLToPath(new URL('../../../../shared/conformance', import.meta.url));
const folder = existsSync(`${base}/otlp`) ? `${base}/otlp` : undefined;

if (folder === undefined)
  console.warn('SKIPPED: the OTLP examples (../shared/conformance/otlp) are not there');

type Attribute = { key: string; value: Record<string, unknown> };

// biome-ignore lint/suspicious/noExplicitAny: examples are foreign JSON
type Example = any;

function example(name: string): Example {
  return JSON.parse(readFileSync(`${folder}/${name}.json`, 'utf8'));
}

function hrTime(nanos: string | undefined): HrTime {
  const total = BigInt(nanos ?? 0);
  return [Number(total / 1_000_000_000n), Number(total % 1_000_000_000n)];
}

function value(of: Record<string, unknown>): never {
  const [[kind, own]] = Object.entries(of) as [[string, never]];
  if (kind === 'intValue') return Number(own) as never;
  if (kind === 'arrayValue') return (own as { values: Record<string, unknown>[] }).values.map(value) as never;
  if (kind === 'kvlistValue') return attributes((own as { values: Attribute[] }).values) as never;
  return own;
}

function attributes(list: Attribute[] | undefined): Record<string, never> {
  return Object.fromEntries((list ?? []).map(({ key, value: own }) => [key, value(own)]));
}

function home(resource: Example, scope: Example) {
  return {
    resource: resourceOf(attributes(resource.attributes)),
    instrumentationScope: { ...scope, attributes: attributes(scope.attributes) },
  };
}

function expectSame(
  signal: 'traces' | 'logs' | 'metrics',
  wanted: Example,
  encode: (writer: ProtobufWriter) => number,
): void {
  const protobuf = new ProtobufWriter();
  expect(encode(protobuf)).toBe(0);
  const json = JSON.stringify(readProtobuf(protobuf.finish(), signal));
  expect(comparable(JSON.parse(json))).toEqual(comparable(wanted));
  expect(comparable(decodeOfficially(signal, protobuf.finish()))).toEqual(comparable(wanted));
}

/**
 * Ids may be written in either case. `flags` are newer than the examples and always sent; `zeroThreshold` is
 * nothing that OpenTelemetry's records have, and 0 in the example.
 */
function comparable(of: Json): Json {
  const text = JSON.stringify(of, (name, own) => {
    if (name === 'flags' || name === 'zeroThreshold') return undefined;
    if (name === 'scale' && own === 0) return undefined; // a default, which proto3 leaves out
    return /^(trace|span|parentSpan)Id$/.test(name) ? own.toLowerCase() : own;
  });
  return JSON.parse(text);
}

describe.skipIf(folder === undefined)('OTLP: the examples of opentelemetry-proto', () => {
  it('trace.json', () => {
    const wanted = example('trace');
    const spans = wanted.resourceSpans.flatMap(({ resource, scopeSpans }: Example) =>
      scopeSpans.flatMap(({ scope, spans: own }: Example) =>
        own.map(
          (span: Example): ReadableSpan =>
            ({
              ...home(resource, scope),
              name: span.name,
              kind: span.kind - 1,
              spanContext: () => ({ traceId: span.traceId, spanId: span.spanId, traceFlags: 0 }),
              parentSpanContext: { traceId: span.traceId, spanId: span.parentSpanId, traceFlags: 0 },
              startTime: hrTime(span.startTimeUnixNano),
              endTime: hrTime(span.endTimeUnixNano),
              status: { code: 0 },
              attributes: attributes(span.attributes),
              links: [],
              events: [],
              droppedAttributesCount: 0,
              droppedEventsCount: 0,
              droppedLinksCount: 0,
            }) as unknown as ReadableSpan,
        ),
      ),
    );
    expectSame('traces', wanted, (writer) => encodeSpans(writer, spans));
  });

  it.each(['logs', 'events'])('%s.json', (name) => {
    const wanted = example(name);
    const records = wanted.resourceLogs.flatMap(({ resource, scopeLogs }: Example) =>
      scopeLogs.flatMap(({ scope, logRecords }: Example) =>
        logRecords.map(
          (record: Example): ReadableLogRecord => ({
            ...home(resource, scope),
            hrTime: hrTime(record.timeUnixNano),
            hrTimeObserved: hrTime(record.observedTimeUnixNano),
            severityNumber: record.severityNumber,
            severityText: record.severityText,
            eventName: record.eventName,
            body: value(record.body),
            attributes: attributes(record.attributes),
            droppedAttributesCount: 0,
            ...(record.traceId === undefined
              ? {}
              : { spanContext: { traceId: record.traceId, spanId: record.spanId, traceFlags: 0 } }),
          }),
        ),
      ),
    );
    expectSame('logs', wanted, (writer) => encodeLogs(writer, records));
  });

  it('metrics.json', () => {
    const wanted = example('metrics');
    const [{ resource, scopeMetrics }] = wanted.resourceMetrics;
    const metrics: ResourceMetrics = {
      resource: resourceOf(attributes(resource.attributes)),
      scopeMetrics: scopeMetrics.map(({ scope, metrics: own }: Example) => ({
        scope: home(resource, scope).instrumentationScope,
        metrics: own.map(metricData),
      })),
    };
    expectSame('metrics', wanted, (writer) => encodeMetrics(writer, metrics));
  });
});

function metricData(metric: Example): MetricData {
  const { name, description, unit, sum, gauge, histogram, exponentialHistogram } = metric;
  const data = sum ?? gauge ?? histogram ?? exponentialHistogram;
  const dataPointType = [histogram, exponentialHistogram, gauge, sum].indexOf(data);
  return {
    descriptor: { name, description, unit, valueType: 1 },
    aggregationTemporality: (data.aggregationTemporality ?? 1) - 1,
    isMonotonic: data.isMonotonic,
    dataPointType,
    dataPoints: data.dataPoints.map((point: Example) => ({
      startTime: hrTime(point.startTimeUnixNano),
      endTime: hrTime(point.timeUnixNano),
      attributes: attributes(point.attributes),
      value: pointValue(point),
    })),
  } as MetricData;
}

function pointValue(point: Example): unknown {
  if (point.asDouble !== undefined) return point.asDouble;
  const { sum, min, max, scale, explicitBounds } = point;
  const shared = { count: Number(point.count), sum, min, max };
  if (explicitBounds !== undefined) {
    return { ...shared, buckets: { boundaries: explicitBounds, counts: point.bucketCounts.map(Number) } };
  }
  const { offset, bucketCounts } = point.positive;
  return {
    ...shared,
    scale,
    zeroCount: Number(point.zeroCount),
    positive: { offset, bucketCounts: bucketCounts.map(Number) },
    negative: { offset: 0, bucketCounts: [] },
  };
}
