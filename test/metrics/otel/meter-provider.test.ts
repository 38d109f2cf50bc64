import {
  type MeterProvider as ApiMeterProvider,
  type Attributes,
  metrics,
  ValueType,
} from '@opentelemetry/api';
import {
  AggregationTemporality,
  AggregationType,
  createAllowListAttributesProcessor,
  type IMetricReader,
  InMemoryMetricExporter,
  InstrumentType,
  PeriodicExportingMetricReader,
  MeterProvider as SdkMeterProvider,
  type ViewOptions,
} from '@opentelemetry/sdk-metrics';
import * as fc from 'fast-check';
import { afterEach, describe, expect, expectTypeOf, it } from 'vitest';
import { createResource } from '../../../src/common/resource.js';
import { Counter, metricViews } from '../../../src/metrics/index.js';
import {
  MeterProvider,
  type MeterProviderOptions,
  type MetricReader,
  type OtelViewOptions,
} from '../../../src/metrics/otel/index.js';
import { parseExposition } from '../exposition.js';
import { testRegistry } from '../setup.js';

const resource = createResource({ service: { name: 'shop' }, env: {} });

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
  metrics.disable();
});

function setup(options: Omit<MeterProviderOptions, 'registry'> = {}, registryOptions = {}) {
  const made = testRegistry(registryOptions);
  const provider = new MeterProvider({ registry: made.registry, resource, scopeLabels: false, ...options });
  ends.push(() => provider.shutdown());
  const text = () => made.registry.metrics();
  return { ...made, provider, meter: provider.getMeter('shop', '1.2'), text };
}

/** A reader of the SDK and what it exported. */
function sdkReader(temporality = AggregationTemporality.CUMULATIVE) {
  const exporter = new InMemoryMetricExporter(temporality);
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 1e8 });
  return { reader, exported: () => exporter.getMetrics().at(-1)?.scopeMetrics ?? [] };
}

describe('MeterProvider', () => {
  it('shows every instrument of the API in the registry, named as Prometheus has it', async () => {
    const { meter, text } = setup();
    meter
      .createCounter('shop.orders', { description: 'Orders placed.' })
      .add(2, { 'payment.method': 'card' });
    meter.createUpDownCounter('shop.carts.open').add(-3);
    meter.createGauge('shop.stock.level', { unit: '1' }).record(0.5, { sku: 7 });
    meter
      .createHistogram('http.server.request.duration', {
        unit: 's',
        advice: { explicitBucketBoundaries: [0.1, 1] },
      })
      .record(0.3, { 'http.route': '/cart' });
    meter.createObservableCounter('bytes.sent', { unit: 'By' }).addCallback((result) => result.observe(10));
    meter.createObservableUpDownCounter('queue').addCallback((result) => result.observe(-4, { of: 'mail' }));
    meter
      .createObservableGauge('temperature', { unit: 'Cel' })
      .addCallback(async (result) => result.observe(21.5));
    expect(await text()).toBe(
      `# HELP shop_orders_total Orders placed.
# TYPE shop_orders_total counter
shop_orders_total{payment_method="card"} 2
# HELP shop_carts_open shop.carts.open
# TYPE shop_carts_open gauge
shop_carts_open -3
# HELP shop_stock_level_ratio shop.stock.level
# TYPE shop_stock_level_ratio gauge
shop_stock_level_ratio{sku="7"} 0.5
# HELP http_server_request_duration_seconds http.server.request.duration
# TYPE http_server_request_duration_seconds histogram
http_server_request_duration_seconds_bucket{le="0.1",http_route="/cart"} 0
http_server_request_duration_seconds_bucket{le="1",http_route="/cart"} 1
http_server_request_duration_seconds_bucket{le="+Inf",http_route="/cart"} 1
http_server_request_duration_seconds_sum{http_route="/cart"} 0.3
http_server_request_duration_seconds_count{http_route="/cart"} 1
# HELP bytes_sent_total bytes.sent
# TYPE bytes_sent_total counter
bytes_sent_total 10
# HELP queue queue
# TYPE queue gauge
queue{of="mail"} -4
# HELP temperature_celsius temperature
# TYPE temperature_celsius gauge
temperature_celsius 21.5
`,
    );
  });

  it('has the series of both APIs in one registry, and hands both to a reader of the SDK', async () => {
    const { reader, exported } = sdkReader();
    const { meter, registry, provider } = setup({ readers: [reader] });
    registry.getOrCreate(Counter, { name: 'own_total', help: 'Own.' }).inc(1);
    meter
      .createCounter('theirs', { unit: '{order}', valueType: ValueType.INT })
      .add(2, { a: ['x', 'y'], n: 5 });
    await provider.forceFlush();
    expect(exported()).toMatchObject([
      { scope: { name: 'telltale' }, metrics: [{ descriptor: { name: 'own_total' } }] },
      {
        scope: { name: 'shop', version: '1.2' },
        metrics: [
          {
            descriptor: { name: 'theirs', unit: '{order}', valueType: ValueType.INT },
            isMonotonic: true,
            dataPoints: [{ attributes: { a: ['x', 'y'], n: 5 }, value: 2 }],
          },
        ],
      },
    ]);
  });

  it.each([AggregationTemporality.CUMULATIVE, AggregationTemporality.DELTA])(
    'collects what OpenTelemetry’s own SDK collects (temporality %i)',
    async (temporality) => {
      const attributes = fc.dictionary(
        fc.constantFrom('a', 'b.c', 'd'),
        fc.constantFrom<string | number | boolean>('x', 1, true),
      );
      const calls = fc.array(
        fc.record({
          // With delta the SDK is silent of gauges that were not set anew, and telltale of sums that did not change.
          instrument: fc.constantFrom(
            ...['counter', 'updown', 'histogram'],
            ...(temporality === AggregationTemporality.DELTA ? [] : ['gauge']),
          ),
          value: fc.integer({ min: 1, max: 9000 }),
          attributes,
        }),
      );
      await fc.assert(
        fc.asyncProperty(fc.array(calls, { minLength: 1, maxLength: 3 }), async (rounds) => {
          const sides = [0, 1].map((side) => {
            const { reader, exported } = sdkReader(temporality);
            const provider =
              side === 0
                ? setup({ readers: [reader] }).provider
                : new SdkMeterProvider({ readers: [reader] });
            const meter = provider.getMeter('m');
            const instruments = {
              counter: meter.createCounter('counter', { unit: 'By' }),
              updown: meter.createUpDownCounter('updown'),
              gauge: meter.createGauge('gauge'),
              histogram: meter.createHistogram('histogram'),
            };
            return { provider, exported, instruments };
          });
          for (const round of rounds) {
            const shown = [];
            for (const { provider, exported, instruments } of sides) {
              for (const { instrument, value, attributes } of round) {
                const one = instruments[instrument as keyof typeof instruments];
                if ('add' in one && instrument !== 'gauge' && instrument !== 'histogram')
                  one.add(value, attributes);
                else (one as typeof instruments.gauge).record(value, attributes);
              }
              await provider.forceFlush();
              shown.push(comparable(exported()));
            }
            expect(shown[0]).toEqual(shown[1]);
          }
          for (const { provider } of sides) await provider.shutdown();
        }),
        { numRuns: 25 },
      );
    },
  );

  it('lets go of what an observable instrument no longer tells of, and keeps values where its callback fails', async () => {
    const { meter, text, troubles, clock } = setup();
    let rows: [number, Attributes][] = [
      [1, { of: 'a' }],
      [2, { of: 'b' }],
    ];
    const gauge = meter.createObservableGauge('g');
    gauge.addCallback((result) => {
      for (const [value, attributes] of rows) result.observe(value, attributes);
    });
    expect(await text()).toContain('g{of="a"} 1\ng{of="b"} 2\n');
    rows = [[3, { of: 'b' }]];
    expect(await text()).toMatch(/gauge\ng\{of="b"\} 3\n$/);
    rows = [[4, { of: 'a' }]];
    expect(await text()).toMatch(/gauge\ng\{of="a"\} 4\n$/);
    const fails = () => {
      throw new Error('no');
    };
    gauge.addCallback(fails);
    expect(await text()).toMatch(/gauge\ng\{of="a"\} 4\n$/);
    expect(troubles.map(({ code }) => code)).toEqual(['collect_failed']);
    gauge.removeCallback(fails);
    gauge.addCallback(() => new Promise(() => {}));
    const hanging = text();
    await clock.advance(6000);
    expect(await hanging).toContain('g{of="a"} 4');
  });

  it('asks for several instruments at once', async () => {
    const { meter, text } = setup();
    const used = meter.createObservableUpDownCounter('used');
    const free = meter.createObservableUpDownCounter('free');
    const alien = meter.createObservableUpDownCounter('alien');
    const callback = (result: {
      observe: (of: typeof used, value: number, attributes?: Attributes) => void;
    }) => {
      result.observe(used, 3);
      result.observe(free, 7, { disk: 'sda' });
      result.observe(alien, 1);
    };
    meter.addBatchObservableCallback(callback, [used, free]);
    meter.addBatchObservableCallback(callback, [free, used]); // the same set again
    expect(await text()).toMatch(/^used 3\n[\s\S]*^free\{disk="sda"\} 7\n[\s\S]*alien gauge\n$/m);
    meter.removeBatchObservableCallback(callback, [used, free]);
    expect(await text()).not.toMatch(/^used 3/m);
  });

  it('refuses wrong values and counts them, and takes any attributes at all', async () => {
    const { meter, text, troubles } = setup();
    const counter = meter.createCounter('c');
    for (const value of [-1, Number.NaN, Infinity, '5', undefined, null]) counter.add(value as never);
    meter.createObservableCounter('o').addCallback((result) => result.observe(-1));
    const throwing = {
      get a() {
        throw new Error('no');
      },
      b: 'kept',
    };
    const proxy = new Proxy(
      {},
      {
        ownKeys: () => {
          throw new Error('no');
        },
      },
    );
    const circular: Record<string, unknown> = {};
    circular.self = circular;
    for (const odd of [
      throwing,
      proxy,
      circular,
      { s: Symbol('x'), f: () => 1, n: 1n },
      null,
      5,
      'text',
      [],
    ]) {
      counter.add(1, odd as never);
    }
    counter.add(1, { __proto__x: 1, '': 'empty', ünïcode: 'ü', le: 'x', '9': 9 });
    const [family] = parseExposition(await text());
    expect(family!.samples.reduce((sum, { value }) => sum + value, 0)).toBe(9);
    expect(family!.samples.map(({ labels }) => labels)).toContainEqual({ b: 'kept' });
    expect(new Set(troubles.map(({ code }) => code))).toEqual(new Set(['invalid_value']));
  });

  it('keeps to the limit of series', async () => {
    const { reader, exported } = sdkReader();
    const { meter, provider, registry } = setup({ readers: [reader] }, { maxSeries: 2 });
    const counter = meter.createCounter('c');
    for (let i = 0; i < 10; i++) counter.add(1, { id: i });
    await provider.forceFlush();
    expect(exported()[0]!.metrics[0]!.dataPoints.map(({ attributes, value }) => [attributes, value])).toEqual(
      [
        [{ id: 0 }, 1],
        [{ id: 1 }, 1],
        [{ 'otel.metric.overflow': true }, 8],
      ],
    );
    for (let i = 0; i < 1000; i++) counter.add(1, { [`k${i}`]: i });
    expect(registry.getSingleMetric('c_total')!.labelNames.length).toBeLessThanOrEqual(128);
  });

  it('counts on after its series was taken away', async () => {
    const { meter, registry, text } = setup();
    const counter = meter.createCounter('c');
    const gauge = meter.createGauge('g');
    counter.add(5, { a: 1 });
    gauge.record(5, { a: 1 });
    registry.resetMetrics();
    counter.add(2, { a: 1 });
    gauge.record(3, { a: 1 });
    expect(await text()).toMatch(/c_total\{a="1"\} 2\n[\s\S]*g\{a="1"\} 3\n$/);
  });

  it('shares a metric among meters, told apart by their scope', async () => {
    const { reader, exported } = sdkReader();
    const { provider, text, troubles } = setup({ readers: [reader], scopeLabels: true });
    for (const [name, value] of [
      ['a', 1],
      ['b', 2],
    ] as const) {
      provider.getMeter(name, '1').createCounter('requests').add(value, { x: 'y' });
    }
    expect(await text()).toBe(`# HELP requests_total requests
# TYPE requests_total counter
requests_total{otel_scope_name="a",otel_scope_version="1",x="y"} 1
requests_total{otel_scope_name="b",otel_scope_version="1",x="y"} 2
`);
    await provider.forceFlush();
    expect(exported()).toMatchObject([
      { scope: { name: 'a' }, metrics: [{ dataPoints: [{ attributes: { x: 'y' }, value: 1 }] }] },
      { scope: { name: 'b' }, metrics: [{ dataPoints: [{ attributes: { x: 'y' }, value: 2 }] }] },
    ]);
    expect(provider.getMeter('a', '1')).toBe(provider.getMeter('a', '1'));
    expect(provider.getMeter('a', '1').createCounter('requests')).toBe(
      provider.getMeter('a', '1').createCounter('Requests'),
    );
    expect(troubles).toEqual([]);
  });

  it('makes an instrument of whatever it is given, and never throws', async () => {
    const { provider, meter, text, troubles } = setup();
    const unreadable = Object.create(null) as string;
    for (const name of [
      '',
      'größe',
      '1st',
      'x'.repeat(5000),
      unreadable,
      undefined,
      null,
      5,
      Symbol('s'),
    ] as string[]) {
      const counter = meter.createCounter(name, { description: unreadable, unit: unreadable });
      counter.add(1, { größe: 'ü', '': 'empty', '1a': 2, le: 5 });
      counter.add(1n as never);
      counter.add(1, null as never);
    }
    const advices = [[3, 1], [Number.NaN], 'rubbish', {}, null, [1, Infinity], [1, 1]] as never[];
    for (const [i, explicitBucketBoundaries] of advices.entries()) {
      meter.createHistogram(`advised_${i}`, { advice: { explicitBucketBoundaries } }).record(2);
    }
    meter.createHistogram('odd', null as never).record(1);
    provider
      .getMeter(undefined as never)
      .createCounter('nobody')
      .add(1);
    expect(troubles.filter(({ code }) => code === 'instrument_advice')).toHaveLength(6);
    const shown = await text();
    expect(shown).toContain('advised_0_bucket{le="5"');
    expect(shown).toContain('advised_5_bucket{le="1"');
  });

  it('tells of a name that something else has, and never throws', async () => {
    const { meter, registry, text, troubles } = setup();
    registry.getOrCreate(Counter, { name: 'orders_total', help: 'Own.' }).inc(7);
    meter.createCounter('orders').add(1);
    meter.createGauge('level').record(1);
    meter.createHistogram('level').record(1);
    expect(troubles.map(({ code, subject }) => [code, subject])).toEqual([
      ['instrument_conflict', 'orders'],
      ['instrument_conflict', 'level'],
    ]);
    expect(parseExposition(await text()).map(({ name, samples }) => [name, samples[0]!.value])).toEqual([
      ['orders_total', 7],
      ['level', 1],
    ]);
  });

  it('takes the views of OpenTelemetry’s SDK', async () => {
    const views: ViewOptions[] = [
      { instrumentName: 'debug.*', aggregation: { type: AggregationType.DROP } },
      { instrumentName: 'renamed', name: 'better', description: 'Better.' },
      { instrumentName: 'few', attributesProcessors: [createAllowListAttributesProcessor(['keep'])] },
      {
        instrumentType: InstrumentType.HISTOGRAM,
        meterName: 'shop',
        aggregation: { type: AggregationType.EXPLICIT_BUCKET_HISTOGRAM, options: { boundaries: [1, 2] } },
      },
      { instrumentName: 'nat?ve', aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM } },
      { instrumentName: 'last', aggregation: { type: AggregationType.LAST_VALUE } },
      { instrumentName: 'limited', aggregationCardinalityLimit: 1 },
    ];
    const { meter, registry } = setup({ views });
    meter.createCounter('debug.x').add(1);
    meter.createCounter('renamed').add(1);
    const few = meter.createCounter('few');
    few.add(1, { keep: 'a', drop: 1 });
    few.add(1, { keep: 'a', drop: 2 });
    meter.createHistogram('h').record(1.5);
    const other = meter.createUpDownCounter('last');
    other.add(3);
    other.add(2);
    const limited = meter.createCounter('limited');
    limited.add(1, { a: 1 });
    limited.add(1, { a: 2 });
    const shown = Object.fromEntries(
      (await registry.getMetricsAsJSON()).map(({ name, help, values }) => [
        name,
        { help, values: values.map(({ labels, value }) => [labels, value]) },
      ]),
    );
    expect(shown).toEqual({
      better_total: { help: 'Better.', values: [[{}, 1]] },
      few_total: { help: 'few', values: [[{ keep: 'a' }, 2]] },
      h: {
        help: 'h',
        values: [
          [{ le: '1' }, 0],
          [{ le: '2' }, 1],
          [{ le: '+Inf' }, 1],
          [{}, 1.5],
          [{}, 1],
        ],
      },
      last: { help: 'last', values: [[{}, 2]] },
      limited_total: {
        help: 'limited',
        values: [
          [{ a: '1' }, 1],
          [{ otel_metric_overflow: 'true' }, 1],
        ],
      },
    });
    expect(registry.getSingleMetric('h')!.kind).toBe('histogram');
    meter.createHistogram('native').record(1);
    expect(() => setup({ views: [{ name: 'x' }] })).toThrow(/views\[0\] is .*a view that selects/);
    expect(() => setup({ views: [{ instrumentNam: 'x' } as never] })).toThrow(
      /unknown option "instrumentNam"/,
    );
  });

  it('heeds the views of the registry', async () => {
    const { meter, text } = setup(
      {},
      { views: metricViews([{ metric: 'secret_*', deny: true }, { dropLabels: ['user_id'] }]) },
    );
    meter.createCounter('secret.things').add(1, { a: 1 });
    const counter = meter.createCounter('c');
    counter.add(1, { 'user.id': 5, route: '/' });
    counter.add(1, { 'user.id': 6, route: '/' });
    expect(await text()).toBe('# HELP c_total c\n# TYPE c_total counter\nc_total{route="/"} 2\n');
  });

  it('becomes what the API gives', async () => {
    const { provider, text } = setup();
    metrics.setGlobalMeterProvider(provider);
    metrics.getMeter('any').createCounter('through.the.api').add(4);
    expect(await text()).toContain('through_the_api_total 4');
    expectTypeOf<MeterProvider>().toExtend<ApiMeterProvider>();
    expectTypeOf<IMetricReader>().toExtend<MetricReader>();
    expectTypeOf<ViewOptions>().toExtend<OtelViewOptions>();
  });

  it('shuts its readers down, and tells of those that fail', async () => {
    const calls: string[] = [];
    const reader = {
      setMetricProducer() {},
      selectAggregationTemporality: () => AggregationTemporality.CUMULATIVE,
      forceFlush: async () => {
        throw new Error('flush');
      },
      shutdown: async () => void calls.push('shutdown'),
    };
    const { provider, troubles } = setup({ readers: [reader] });
    await provider.forceFlush();
    await Promise.all([provider.shutdown(), provider.shutdown()]);
    expect(calls).toEqual(['shutdown']);
    expect(troubles.map(({ code }) => code)).toEqual(['export_failed']);
    expect(() => setup({ readers: [{} as never] })).toThrow(/MeterProvider: readers\[0\]/);
    expect(() => setup({ reader: [] } as never)).toThrow(/unknown option "reader"/);
  });
});

/** What an exporter got, without times, and in an order of its own. */
function comparable(scopes: ReturnType<ReturnType<typeof sdkReader>['exported']>) {
  return scopes
    .flatMap(({ scope, metrics }) =>
      metrics.map(({ descriptor, dataPointType, dataPoints, aggregationTemporality }) => ({
        scope: scope.name,
        name: descriptor.name,
        unit: descriptor.unit,
        dataPointType,
        // Gauges have none; the SDK says what its reader prefers.
        aggregationTemporality: dataPointType === 2 ? 0 : aggregationTemporality,
        points: dataPoints
          .map(({ attributes, value }) => {
            let point: unknown = value;
            if (typeof value !== 'number') {
              const { buckets, sum, count } = value as unknown as Record<string, unknown>;
              point = [buckets, sum, count];
            }
            const sorted = Object.entries(attributes).sort(([a], [b]) => (a < b ? -1 : 1));
            return JSON.stringify([sorted, point]);
          })
          .sort(),
      })),
    )
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}
