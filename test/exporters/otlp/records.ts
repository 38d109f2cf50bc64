import type { Attributes, HrTime, SpanContext } from '@opentelemetry/api';
import fc from 'fast-check';
import type { InstrumentationScope } from '../../../src/common/export.js';
import { type Resource, resourceOf } from '../../../src/common/resource.js';
import type { AnyValue, LogAttributes, ReadableLogRecord } from '../../../src/logs/readable-log-record.js';
import type {
  DataPoint,
  ExemplarPoint,
  MetricData,
  ResourceMetrics,
} from '../../../src/metrics/resource-metrics.js';
import type { ReadableSpan } from '../../../src/trace/readable-span.js';

/** Text of every kind: long, beyond ASCII, with halves of surrogate pairs. */
export const anyText = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.constantFrom('a', 'é', '漢', '😀', '\ud800', '\udfff', '\0') }),
  fc.integer({ min: 30, max: 400 }).map((length) => 'x'.repeat(length)),
  fc.integer({ min: 20, max: 200 }).map((length) => 'ü€'.repeat(length)),
);

const anyNumber = fc.oneof(
  fc.integer(),
  fc.maxSafeInteger(),
  fc.double(),
  fc.constantFrom(
    0,
    -1,
    -(2 ** 31),
    2 ** 31,
    2 ** 32,
    -(2 ** 32),
    2 ** 53 - 1,
    1 - 2 ** 53,
    2 ** 53,
    127,
    128,
  ),
);

export const attributes: fc.Arbitrary<Attributes> = fc.dictionary(
  anyText,
  fc.oneof(
    anyText,
    anyNumber,
    fc.boolean(),
    fc.array(anyText, { maxLength: 4 }),
    fc.array(fc.option(anyNumber), { maxLength: 4 }),
    fc.array(fc.boolean(), { maxLength: 4 }),
  ),
  { maxKeys: 6, noNullPrototype: true },
) as fc.Arbitrary<Attributes>;

export const anyValue: fc.Arbitrary<AnyValue> = fc.letrec<{ value: AnyValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    anyText,
    anyNumber,
    fc.boolean(),
    fc.constantFrom(null, undefined),
    fc.uint8Array({ maxLength: 200 }),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(anyText, tie('value'), { maxKeys: 4, noNullPrototype: true }),
  ),
})).value;

const hex = (length: number) =>
  fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: length, maxLength: length });

export const time: fc.Arbitrary<HrTime> = fc.oneof(
  fc.tuple(fc.integer({ min: 0, max: 2 ** 33 }), fc.integer({ min: 0, max: 999_999_999 })),
  fc.tuple(fc.constantFrom(0, 1, 65_535, 65_536, 4_294_967_295), fc.constantFrom(0, 1, 999_999_999)),
) as fc.Arbitrary<HrTime>;

const count = fc.integer({ min: 0, max: 2 ** 32 - 1 });

const traceState = fc.option(
  fc.constantFrom('rojo=00f067aa0ba902b7', 'congo=t61rcWkgMzE,rojo=1').map((text) => ({
    serialize: () => text,
    get: () => undefined,
    set: () => {
      throw new Error('not here');
    },
    unset: () => {
      throw new Error('not here');
    },
  })),
  { nil: undefined },
);

const spanContext: fc.Arbitrary<SpanContext> = fc.record(
  {
    traceId: hex(32),
    spanId: hex(16),
    traceFlags: fc.constantFrom(0, 1, 3),
    isRemote: fc.boolean(),
    traceState,
  },
  { requiredKeys: ['traceId', 'spanId', 'traceFlags'] },
) as fc.Arbitrary<SpanContext>;

const resources: fc.Arbitrary<Resource> = attributes.map((own) => resourceOf(own));

const scopes: fc.Arbitrary<InstrumentationScope> = fc.record(
  { name: anyText, version: anyText, schemaUrl: anyText, attributes },
  { requiredKeys: ['name'] },
) as fc.Arbitrary<InstrumentationScope>;

/** Records of a few resources and scopes, in no order. */
function shared<T>(
  record: fc.Arbitrary<T>,
): fc.Arbitrary<(T & { resource: Resource; instrumentationScope: InstrumentationScope })[]> {
  return fc
    .tuple(
      fc.array(resources, { minLength: 1, maxLength: 2 }),
      fc.array(scopes, { minLength: 1, maxLength: 3 }),
      fc.array(fc.tuple(record, fc.nat(), fc.nat()), { maxLength: 6 }),
    )
    .map(([ofResources, ofScopes, records]) =>
      records.map(([own, r, s]) => ({
        ...own,
        resource: ofResources[r % ofResources.length]!,
        instrumentationScope: ofScopes[s % ofScopes.length]!,
      })),
    );
}

export const spans: fc.Arbitrary<ReadableSpan[]> = shared(
  fc.record({
    name: anyText,
    kind: fc.integer({ min: 0, max: 4 }),
    context: spanContext,
    parentSpanContext: fc.option(spanContext, { nil: undefined }),
    startTime: time,
    endTime: time,
    status: fc.record({ code: fc.integer({ min: 0, max: 2 }), message: anyText }, { requiredKeys: ['code'] }),
    attributes,
    links: fc.array(
      fc.record(
        { context: spanContext, attributes, droppedAttributesCount: count },
        { requiredKeys: ['context'] },
      ),
      { maxLength: 2 },
    ),
    events: fc.array(
      fc.record(
        { time, name: anyText, attributes, droppedAttributesCount: count },
        { requiredKeys: ['time', 'name'] },
      ),
      { maxLength: 3 },
    ),
    duration: time,
    ended: fc.constant(true),
    droppedAttributesCount: count,
    droppedEventsCount: count,
    droppedLinksCount: count,
  }),
).map((list) =>
  list.map(({ context, ...span }) => ({ ...span, spanContext: () => context }) as ReadableSpan),
);

export const logs: fc.Arbitrary<ReadableLogRecord[]> = shared(
  fc.record(
    {
      hrTime: time,
      hrTimeObserved: time,
      spanContext,
      severityText: anyText,
      severityNumber: fc.integer({ min: 0, max: 24 }),
      body: anyValue,
      eventName: anyText,
      attributes: fc.dictionary(anyText, anyValue, {
        maxKeys: 4,
        noNullPrototype: true,
      }) as fc.Arbitrary<LogAttributes>,
      droppedAttributesCount: count,
    },
    { requiredKeys: ['hrTime', 'hrTimeObserved', 'attributes', 'droppedAttributesCount'] },
  ),
) as fc.Arbitrary<ReadableLogRecord[]>;

const exemplars: fc.Arbitrary<ExemplarPoint[] | undefined> = fc.option(
  fc.array(
    fc.record(
      { time, value: fc.double(), traceId: hex(32), spanId: hex(16), filteredAttributes: attributes },
      { requiredKeys: ['time', 'value'] },
    ) as fc.Arbitrary<ExemplarPoint>,
    { maxLength: 2 },
  ),
  { nil: undefined },
);

function points<T>(value: fc.Arbitrary<T>): fc.Arbitrary<DataPoint<T>[]> {
  return fc.array(
    fc.record({ startTime: time, endTime: time, attributes, value, exemplars }) as fc.Arbitrary<DataPoint<T>>,
    { maxLength: 3 },
  );
}

const whole = fc.oneof(fc.nat(), fc.maxSafeNat());
const counts = fc.array(whole, { maxLength: 8 });
const scalars = { sum: fc.double(), min: fc.double(), max: fc.double() };

const histogramValue = fc.record(
  {
    ...scalars,
    count: whole,
    buckets: fc.record({ boundaries: fc.array(fc.double(), { maxLength: 7 }), counts }),
  },
  { requiredKeys: ['count', 'buckets'] },
);

const exponentialValue = fc.record(
  {
    ...scalars,
    count: whole,
    scale: fc.integer({ min: -10, max: 20 }),
    zeroCount: whole,
    positive: fc.record({ offset: fc.integer(), bucketCounts: counts }),
    negative: fc.record({ offset: fc.integer(), bucketCounts: counts }),
  },
  { requiredKeys: ['count', 'scale', 'zeroCount', 'positive', 'negative'] },
);

const common = {
  descriptor: fc.record({
    name: anyText,
    description: anyText,
    unit: fc.constantFrom('', '1', 's', 'By'),
    valueType: fc.constantFrom(0, 1),
  }),
  aggregationTemporality: fc.constantFrom(0, 1),
};

const metric = fc.oneof(
  fc.record({
    ...common,
    dataPointType: fc.constant(3),
    isMonotonic: fc.boolean(),
    dataPoints: points(anyNumber),
  }),
  fc.record({ ...common, dataPointType: fc.constant(2), dataPoints: points(anyNumber) }),
  fc.record({ ...common, dataPointType: fc.constant(0), dataPoints: points(histogramValue) }),
  fc.record({ ...common, dataPointType: fc.constant(1), dataPoints: points(exponentialValue) }),
) as fc.Arbitrary<MetricData>;

export const metrics: fc.Arbitrary<ResourceMetrics> = fc.record({
  resource: resources,
  scopeMetrics: fc.array(fc.record({ scope: scopes, metrics: fc.array(metric, { maxLength: 3 }) }), {
    maxLength: 2,
  }),
});
