import type { HrTime, SpanContext } from '@opentelemetry/api';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Exportable } from '../../../src/common/export.js';
import { resourceOf } from '../../../src/common/resource.js';
import { encodeLogs } from '../../../src/exporters/otlp/encode-logs.js';
import { encodeMetrics } from '../../../src/exporters/otlp/encode-metrics.js';
import { encodeSpans } from '../../../src/exporters/otlp/encode-spans.js';
import { partialSuccess } from '../../../src/exporters/otlp/partial-success.js';
import { ProtobufWriter } from '../../../src/exporters/otlp/protobuf-writer.js';
import { readProtobuf } from '../../../src/exporters/otlp/read-protobuf.js';
import type { ReadableLogRecord } from '../../../src/logs/readable-log-record.js';
import type { DataPoint, ResourceMetrics } from '../../../src/metrics/resource-metrics.js';
import type { ReadableSpan } from '../../../src/trace/readable-span.js';
import { decodeOfficially, type Json } from './official.js';
import { logs, metrics, spans } from './records.js';

/** What the official schema makes of our protobuf, having checked that our JSON says the same. */
function throughBoth(
  signal: 'traces' | 'logs' | 'metrics',
  encode: (writer: ProtobufWriter) => number,
): { read: Json; unreadable: number } {
  const protobuf = new ProtobufWriter(64);
  const unreadable = encode(protobuf);
  const read = decodeOfficially(signal, protobuf.finish());
  expect(JSON.parse(JSON.stringify(readProtobuf(protobuf.finish(), signal)))).toEqual(read);
  return { read, unreadable };
}

// The expectations below are written from the schema, not from the encoders.

function text(value: string): string {
  return Buffer.from(value).toString();
}

function nanos([seconds, nanoseconds]: HrTime): string | undefined {
  const total = BigInt(seconds) * 1_000_000_000n + BigInt(nanoseconds);
  return total === 0n ? undefined : String(total);
}

function double(value: number): unknown {
  return Number.isFinite(value) ? value + 0 : String(value);
}

function value(of: unknown): unknown {
  if (of === null || of === undefined) return {};
  if (typeof of === 'string') return { stringValue: text(of) };
  if (typeof of === 'boolean') return { boolValue: of };
  if (typeof of === 'number') {
    return Number.isSafeInteger(of) ? { intValue: String(of) } : { doubleValue: double(of) };
  }
  if (of instanceof Uint8Array) return { bytesValue: Buffer.from(of).toString('base64') };
  if (Array.isArray(of)) return { arrayValue: listed({ values: of.map(value) }) };
  return { kvlistValue: listed({ values: keyValues(of as object) }) };
}

function keyValues(of: object | undefined): unknown[] | undefined {
  const pairs = Object.entries(of ?? {}).map(([key, own]) => listed({ key: text(key), value: value(own) }));
  return pairs.length === 0 ? undefined : pairs;
}

/** Without what proto3 leaves out: undefined, empty texts, zeros, false, empty lists. */
function listed(of: Record<string, unknown>): Record<string, unknown> {
  const kept = Object.entries(of).filter(
    ([, own]) =>
      own !== undefined &&
      own !== '' &&
      own !== 0 &&
      own !== false &&
      !(Array.isArray(own) && own.length === 0),
  );
  return Object.fromEntries(kept);
}

function flags(context: SpanContext, other: SpanContext | undefined): number {
  return context.traceFlags + 0x100 + (other?.isRemote ? 0x200 : 0);
}

function expectedSpan(span: ReadableSpan): unknown {
  const context = span.spanContext();
  return listed({
    traceId: context.traceId,
    spanId: context.spanId,
    traceState: context.traceState?.serialize(),
    parentSpanId: span.parentSpanContext?.spanId,
    flags: flags(context, span.parentSpanContext),
    name: text(span.name),
    kind: span.kind + 1,
    startTimeUnixNano: nanos(span.startTime),
    endTimeUnixNano: nanos(span.endTime),
    attributes: keyValues(span.attributes),
    droppedAttributesCount: span.droppedAttributesCount,
    events: span.events.map((event) =>
      listed({
        timeUnixNano: nanos(event.time),
        name: text(event.name),
        attributes: keyValues(event.attributes),
        droppedAttributesCount: event.droppedAttributesCount,
      }),
    ),
    droppedEventsCount: span.droppedEventsCount,
    links: span.links.map((link) =>
      listed({
        traceId: link.context.traceId,
        spanId: link.context.spanId,
        traceState: link.context.traceState?.serialize(),
        attributes: keyValues(link.attributes),
        droppedAttributesCount: link.droppedAttributesCount,
        flags: flags(link.context, link.context),
      }),
    ),
    droppedLinksCount: span.droppedLinksCount,
    status:
      span.status.code === 0 && !span.status.message
        ? undefined
        : listed({ code: span.status.code, message: text(span.status.message ?? '') }),
  });
}

function expectedLog(record: ReadableLogRecord): unknown {
  return listed({
    timeUnixNano: nanos(record.hrTime),
    observedTimeUnixNano: nanos(record.hrTimeObserved),
    severityNumber: record.severityNumber,
    severityText: text(record.severityText ?? ''),
    body: record.body === undefined ? undefined : value(record.body),
    attributes: keyValues(record.attributes),
    droppedAttributesCount: record.droppedAttributesCount,
    flags: record.spanContext?.traceFlags,
    traceId: record.spanContext?.traceId,
    spanId: record.spanContext?.spanId,
    eventName: text(record.eventName ?? ''),
  });
}

/** Every record, under the resource and scope it has, in the order within those. */
function expectBatch<R extends Exportable>(
  read: Json,
  names: [resources: string, scopes: string, records: string],
  records: R[],
  expected: (record: R) => unknown,
): void {
  const found: unknown[] = [];
  for (const resource of read[names[0]] ?? []) {
    for (const scope of resource[names[1]]!) {
      for (const record of scope[names[2]]!) {
        found.push([resource.resource, scope.scope, scope.schemaUrl ?? '', record]);
      }
    }
  }
  const wanted = records.map((record) => {
    const scope = record.instrumentationScope as typeof record.instrumentationScope & { attributes?: object };
    return [
      listed({ attributes: keyValues(record.resource.attributes) }),
      listed({
        name: text(scope.name),
        version: text(scope.version ?? ''),
        attributes: keyValues(scope.attributes),
      }),
      text(scope.schemaUrl ?? ''),
      expected(record),
    ];
  });
  expect(found).toHaveLength(wanted.length);
  for (const record of wanted) expect(found).toContainEqual(record);
}

function expectedPoint(point: DataPoint<never>, own: Record<string, unknown>): unknown {
  return {
    ...listed({
      attributes: keyValues(point.attributes),
      startTimeUnixNano: nanos(point.startTime),
      timeUnixNano: nanos(point.endTime),
      exemplars: point.exemplars?.map((exemplar) => ({
        ...listed({
          timeUnixNano: nanos(exemplar.time),
          filteredAttributes: keyValues(exemplar.filteredAttributes),
          traceId: exemplar.traceId,
          spanId: exemplar.spanId,
        }),
        asDouble: double(exemplar.value),
      })),
    }),
    ...own,
  };
}

function given(of: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(of).filter(([, own]) => own !== undefined));
}

function expectedMetric(metric: ResourceMetrics['scopeMetrics'][number]['metrics'][number]): unknown {
  const { descriptor } = metric;
  const head = listed({
    name: text(descriptor.name),
    description: text(descriptor.description),
    unit: descriptor.unit,
  });
  const aggregationTemporality = metric.aggregationTemporality + 1;
  const number = (point: DataPoint<number>) =>
    expectedPoint(
      point as DataPoint<never>,
      descriptor.valueType === 0 && Number.isSafeInteger(point.value)
        ? { asInt: String(point.value) }
        : { asDouble: double(point.value) },
    );
  const scalar = (own: number | undefined) => (own === undefined ? undefined : double(own));
  switch (metric.dataPointType) {
    case 2:
      return { ...head, gauge: listed({ dataPoints: metric.dataPoints.map(number) }) };
    case 3: {
      const { isMonotonic } = metric;
      return {
        ...head,
        sum: listed({ dataPoints: metric.dataPoints.map(number), aggregationTemporality, isMonotonic }),
      };
    }
    case 0: {
      const dataPoints = metric.dataPoints.map((point) => {
        const { buckets, sum, min, max } = point.value;
        return expectedPoint(point as DataPoint<never>, {
          count: String(point.value.count),
          ...listed({
            bucketCounts: buckets.counts.map(String),
            explicitBounds: buckets.boundaries.map(double),
          }),
          ...given({ sum: scalar(sum), min: scalar(min), max: scalar(max) }),
        });
      });
      return { ...head, histogram: listed({ dataPoints, aggregationTemporality }) };
    }
    case 1: {
      const buckets = ({ offset, bucketCounts }: { offset: number; bucketCounts: number[] }) =>
        bucketCounts.length === 0 ? undefined : listed({ offset, bucketCounts: bucketCounts.map(String) });
      const dataPoints = metric.dataPoints.map((point) => {
        const { sum, min, max, scale, zeroCount, positive, negative } = point.value;
        return expectedPoint(point as DataPoint<never>, {
          count: String(point.value.count),
          zeroCount: String(zeroCount),
          ...listed({ scale, positive: buckets(positive), negative: buckets(negative) }),
          ...given({ sum: scalar(sum), min: scalar(min), max: scalar(max) }),
        });
      });
      return { ...head, exponentialHistogram: listed({ dataPoints, aggregationTemporality }) };
    }
  }
}

describe('OTLP encoding', () => {
  it('spans: the official schema reads back what went in, and JSON says the same', () => {
    fc.assert(
      fc.property(spans, (batch) => {
        const { read, unreadable } = throughBoth('traces', (writer) => encodeSpans(writer, batch));
        expect(unreadable).toBe(0);
        expectBatch(read, ['resourceSpans', 'scopeSpans', 'spans'], batch, expectedSpan);
      }),
      { numRuns: 150 },
    );
  });

  it('logs: the official schema reads back what went in, and JSON says the same', () => {
    fc.assert(
      fc.property(logs, (batch) => {
        const { read, unreadable } = throughBoth('logs', (writer) => encodeLogs(writer, batch));
        expect(unreadable).toBe(0);
        expectBatch(read, ['resourceLogs', 'scopeLogs', 'logRecords'], batch, expectedLog);
      }),
      { numRuns: 150 },
    );
  });

  it('metrics: the official schema reads back what went in, and JSON says the same', () => {
    fc.assert(
      fc.property(metrics, (batch) => {
        const { read, unreadable } = throughBoth('metrics', (writer) => encodeMetrics(writer, batch));
        expect(unreadable).toBe(0);
        const [{ resource, scopeMetrics = [] }] = read.resourceMetrics as unknown as [
          { resource: Json; scopeMetrics?: Json[] },
        ];
        expect(resource).toEqual(listed({ attributes: keyValues(batch.resource.attributes) }));
        expect(scopeMetrics.map((own) => own.metrics ?? [])).toEqual(
          batch.scopeMetrics.map((own) => own.metrics.map(expectedMetric)),
        );
      }),
      { numRuns: 150 },
    );
  });
});

describe('OTLP encoding of schema URLs', () => {
  it('sends those of resource and scope', () => {
    const resource = { ...resourceOf({}), schemaUrl: 'https://example.com/resource' };
    const scope = { name: 's', schemaUrl: 'https://example.com/scope' };
    const { read } = throughBoth('metrics', (writer) =>
      encodeMetrics(writer, { resource, scopeMetrics: [{ scope, metrics: [] }] }),
    );
    expect(read.resourceMetrics).toEqual([
      {
        resource: {},
        schemaUrl: 'https://example.com/resource',
        scopeMetrics: [{ scope: { name: 's' }, schemaUrl: 'https://example.com/scope' }],
      },
    ]);
  });
});

describe('OTLP encoding of hostile data', () => {
  const home = { resource: resourceOf({ 'service.name': 'x' }), instrumentationScope: { name: 'y' } };
  const record = (own: object): ReadableLogRecord =>
    ({
      ...home,
      hrTime: [1, 0],
      hrTimeObserved: [1, 0],
      attributes: {},
      droppedAttributesCount: 0,
      ...own,
    }) as never;

  function encoded(...records: ReadableLogRecord[]) {
    const { read, unreadable } = throughBoth('logs', (writer) => encodeLogs(writer, records));
    return {
      unreadable,
      records: read.resourceLogs?.[0]?.scopeLogs?.[0]?.logRecords ?? ([] as unknown as Json),
    };
  }

  it('leaves out a record that throws when read, and keeps its neighbours', () => {
    const throwing = {
      get bad() {
        throw new Error('no');
      },
    };
    const homeless = {
      get resource() {
        throw new Error('no');
      },
    } as unknown as ReadableLogRecord;
    const revoked = Proxy.revocable({}, {});
    revoked.revoke();
    const { records, unreadable } = encoded(
      record({ body: 'before' }),
      record({ attributes: throwing }),
      homeless,
      record({ body: revoked.proxy }),
      record({ body: 'after' }),
    );
    expect(unreadable).toBe(3);
    expect(records.map((own) => own.body)).toEqual([{ stringValue: 'before' }, { stringValue: 'after' }]);
  });

  it('cuts off a value that contains itself', () => {
    const cycle: Record<string, unknown> = { name: 'ring' };
    cycle.self = cycle;
    const { records, unreadable } = encoded(record({ body: cycle }));
    expect(unreadable).toBe(0);
    expect(JSON.stringify(records[0]!.body)).toContain('[nested too deep]');
  });

  it('writes what is no OTLP value as text', () => {
    const { records } = encoded(record({ attributes: { big: 12n, symbol: Symbol('s') } }));
    expect(records[0]!.attributes).toEqual([
      { key: 'big', value: { stringValue: '12' } },
      { key: 'symbol', value: { stringValue: 'Symbol(s)' } },
    ]);
  });

  it('takes 10 MB of text, ASCII or not, and ten thousand keys', () => {
    const ascii = 'a'.repeat(10_000_000);
    const wide = '漢'.repeat(4_000_000);
    const many = Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`key${i}`, i]));
    const { records, unreadable } = encoded(
      record({ body: ascii, attributes: { wide } }),
      record({ attributes: many }),
    );
    expect(unreadable).toBe(0);
    expect((records[0]!.body!.stringValue as unknown) === ascii).toBe(true);
    expect((records[0]!.attributes![0]!.value!.stringValue as unknown) === wide).toBe(true);
    expect(records[1]!.attributes).toHaveLength(10_000);
  });

  it('passes over ids that are none, and times and counts that make no sense', () => {
    const spanContext = { traceId: 'not hexadecimal, but 32 letters.', spanId: 'abc', traceFlags: 1 };
    const { records } = encoded(
      record({ spanContext, hrTime: [Number.NaN, 1], hrTimeObserved: [-5, 3], severityNumber: Number.NaN }),
    );
    expect(records).toEqual([{ flags: 1 }]);
    const senseless = [Infinity, -Infinity, Number.NaN, 1e300, 1.9, -3];
    const point = {
      startTime: [1, 0],
      endTime: [2, 0],
      attributes: {},
      value: {
        count: Infinity,
        scale: 0,
        zeroCount: Number.NaN,
        positive: { offset: 0, bucketCounts: [Infinity, Number.NaN, 1e300, 1.9] },
        negative: { offset: 0, bucketCounts: [] },
      },
    };
    const descriptor = { name: 'm', description: '', unit: '', valueType: 0 };
    const { read } = throughBoth('metrics', (writer) =>
      encodeMetrics(writer, {
        resource: home.resource,
        scopeMetrics: [
          {
            scope: { name: 's' },
            metrics: [
              { descriptor, aggregationTemporality: 1, dataPointType: 1, dataPoints: [point] },
              {
                descriptor,
                aggregationTemporality: 1,
                dataPointType: 2,
                dataPoints: senseless.map((own) => ({ ...point, value: own })),
              },
            ],
          },
        ],
      } as unknown as ResourceMetrics),
    );
    const [exponential, gauge] = read.resourceMetrics![0]!.scopeMetrics![0]!.metrics!;
    expect(exponential!.exponentialHistogram!.dataPoints![0]).toMatchObject({
      count: '0',
      zeroCount: '0',
      positive: { bucketCounts: ['0', '0', '0', '1'] },
    });
    expect(gauge!.gauge!.dataPoints!.map((own) => own.asDouble ?? own.asInt)).toEqual([
      'Infinity',
      '-Infinity',
      'NaN',
      1e300,
      1.9,
      '-3',
    ]);
  });

  it('leaves out a metric that throws when read, with all its points', () => {
    const good = {
      descriptor: { name: 'good', description: '', unit: '', valueType: 1 },
      dataPointType: 2,
      dataPoints: [],
    };
    const bad = { dataPointType: 2, dataPoints: [1, 2, 3] };
    const { read, unreadable } = throughBoth('metrics', (writer) =>
      encodeMetrics(writer, {
        resource: home.resource,
        scopeMetrics: [{ scope: { name: 's' }, metrics: [bad, good] }],
      } as unknown as ResourceMetrics),
    );
    expect(unreadable).toBe(3);
    expect(read.resourceMetrics![0]!.scopeMetrics![0]!.metrics!.map((own) => own.name)).toEqual(['good']);
  });
});

describe('reading protobuf', () => {
  const rubbish = fc.array(
    fc.oneof(
      fc.constantFrom(0x08, 0x0a, 0x12, 0x0d, 0x09, 0x0b, 0xff, 0x7f, 0x01),
      fc.integer({ min: 0, max: 255 }),
    ),
    { maxLength: 60 },
  );

  it('ends with any bytes at all: a back end may answer what it likes', () => {
    fc.assert(
      fc.property(rubbish, fc.boolean(), (bytes, begun) => {
        const { rejected, message } = partialSuccess(Uint8Array.from(begun ? [0x0a, 50, ...bytes] : bytes));
        expect(rejected).toBeGreaterThanOrEqual(0);
        expect(rejected).toSatisfy(Number.isSafeInteger);
        expect(message).toBeTypeOf('string');
      }),
      { numRuns: 2000 },
    );
    fc.assert(
      fc.property(rubbish, (bytes) => {
        try {
          expect(readProtobuf(Uint8Array.from(bytes), 'traces')).toBeTypeOf('object');
        } catch (error) {
          expect(error).toBeInstanceOf(RangeError);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('passes over what a later version of an answer may hold, and refuses numbers below zero', () => {
    const answer = [0x0a, 14, 0x18, 5, 0x22, 2, 0x08, 9, 0x12, 2, 0x6e, 0x6f, 0x08, 0x96, 0x01, 0x10];
    expect(partialSuccess(Uint8Array.from(answer))).toEqual({ rejected: 150, message: 'no' });
    const below = [0x0a, 11, 0x08, 0xf6, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01];
    expect(partialSuccess(Uint8Array.from(below)).rejected).toBe(0);
  });

  it('refuses a length below zero, which would lead back for ever', () => {
    const bytes = [0x0a, 0xf6, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01];
    expect(() => readProtobuf(Uint8Array.from(bytes), 'traces')).toThrow(RangeError);
  });
});
