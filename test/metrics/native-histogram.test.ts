import {
  AggregationTemporality,
  AggregationType,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../src/common/random.js';
import { createResource } from '../../src/common/resource.js';
import { collectResourceMetrics, NativeHistogram } from '../../src/metrics/index.js';
import { testRegistry } from './setup.js';

describe('NativeHistogram', () => {
  it('shows sum and count in the text format', async () => {
    const { registry } = testRegistry();
    const histogram = registry.getOrCreate(NativeHistogram, { name: 'h', help: 'h', labelNames: ['a'] });
    for (const value of [1, 2, 3]) histogram.observe({ a: 'x' }, value);
    expect((await registry.metrics()).split('\n')).toEqual([
      '# HELP h h',
      '# TYPE h histogram',
      'h_bucket{le="+Inf",a="x"} 3',
      'h_sum{a="x"} 6',
      'h_count{a="x"} 3',
      '',
    ]);
  });

  it('collects what OpenTelemetry’s own SDK collects', async () => {
    const random = seededRandom(7);
    const observed = Array.from({ length: 500 }, () => 10 ** (8 * random.float() - 4));
    const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
    const reader = new PeriodicExportingMetricReader({ exporter });
    const provider = new MeterProvider({
      readers: [reader],
      views: [
        {
          instrumentName: 'h',
          aggregation: {
            type: AggregationType.EXPONENTIAL_HISTOGRAM,
            options: { maxSize: 160, recordMinMax: true },
          },
        },
      ],
    });
    const theirs = provider.getMeter('m').createHistogram('h');
    const { registry } = testRegistry();
    // Negative values are left out, for OpenTelemetry's histograms do not take them.
    const ours = registry.getOrCreate(NativeHistogram, {
      name: 'h',
      help: 'h',
      maxScale: 20,
      zeroThreshold: 0,
    });
    for (const value of [0, ...observed]) {
      theirs.record(value);
      ours.observe(value);
    }
    await provider.forceFlush();
    const expected = exporter.getMetrics()[0]!.scopeMetrics[0]!.metrics[0]!.dataPoints[0]!.value;
    const [metric] = (await collectResourceMetrics(registry, createResource())).scopeMetrics[0]!.metrics;
    expect(metric!.dataPoints[0]!.value).toEqual(expected);
    await provider.shutdown();
  });

  it('starts anew after reset, finest scale included', () => {
    const { registry } = testRegistry();
    const histogram = registry.getOrCreate(NativeHistogram, { name: 'h', help: 'h' });
    for (const value of [1e-9, 1, 1e9, -5, 0]) histogram.observe(value);
    expect(histogram.labels({}).data()).toMatchObject({ count: 5, zeroCount: 1, scale: 1 });
    histogram.reset();
    histogram.observe(2);
    expect(histogram.labels({}).data()).toEqual({
      scale: 8,
      count: 1,
      sum: 2,
      min: 2,
      max: 2,
      zeroThreshold: 2 ** -128,
      zeroCount: 0,
      positive: { offset: 255, counts: [1] },
      negative: { offset: 0, counts: [] },
    });
  });

  it('takes every finite number there is, and leaves out the rest', () => {
    const { registry, troubles } = testRegistry();
    const options = { name: 'h', help: 'h', maxBuckets: 4, zeroThreshold: 0 };
    const histogram = registry.getOrCreate(NativeHistogram, options);
    const extremes = [
      Number.MAX_VALUE,
      Number.MIN_VALUE,
      2 ** -1022,
      1,
      -Number.MAX_VALUE,
      -Number.MIN_VALUE,
      -0,
    ];
    for (const value of extremes) histogram.observe(value);
    for (const bad of [Number.NaN, Infinity, -Infinity, '1', 1n, null, undefined, {}])
      histogram.observe(bad as never);
    const data = histogram.labels({}).data();
    expect(data).toMatchObject({
      count: 7,
      zeroCount: 1,
      scale: -10,
      min: -Number.MAX_VALUE,
      max: Number.MAX_VALUE,
    });
    expect(data.positive).toEqual({ offset: -2, counts: [1, 2, 1] });
    expect(data.negative).toEqual({ offset: -2, counts: [1, 0, 1] });
    expect(troubles).toHaveLength(1);
  });

  it('refuses wrong options, and another shape of the same name', () => {
    const make = (options: object) => () =>
      new NativeHistogram({ name: 'h', help: 'h', ...options } as never);
    expect(make({ maxBuckets: 1 })).toThrow(/NativeHistogram h: maxBuckets is 1; .*from 4 to 10000/);
    expect(make({ maxScale: 21 })).toThrow(/maxScale is 21; .*from -10 to 20/);
    expect(make({ maxScale: 1.5 })).toThrow(/maxScale/);
    expect(make({ zeroThreshold: -1 })).toThrow(/zeroThreshold is -1/);
    expect(make({ buckets: [1] })).toThrow(/unknown option "buckets"/);
    expect(make({ labelNames: ['le'] })).toThrow(/not le/);
    const { registry } = testRegistry();
    const histogram = registry.getOrCreate(NativeHistogram, { name: 'h', help: 'h' });
    expect(registry.getOrCreate(NativeHistogram, { name: 'h', help: 'h' })).toBe(histogram);
    expect(() => registry.getOrCreate(NativeHistogram, { name: 'h', help: 'h', maxBuckets: 20 })).toThrow(
      /h is there already as native .*the same shape/,
    );
  });
});
