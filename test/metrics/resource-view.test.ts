import {
  AggregationTemporality,
  DataPointType,
  type PushMetricExporter as SdkExporter,
  type ResourceMetrics as SdkResourceMetrics,
} from '@opentelemetry/sdk-metrics';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { createResource } from '../../src/common/resource.js';
import {
  Counter,
  collectResourceMetrics,
  Gauge,
  Histogram,
  type PushMetricExporter,
  type ResourceMetrics,
  Summary,
} from '../../src/metrics/index.js';
import {
  CUMULATIVE,
  DELTA,
  EXPONENTIAL_HISTOGRAM,
  GAUGE,
  HISTOGRAM,
  SUM,
} from '../../src/metrics/resource-metrics.js';
import { testRegistry } from './setup.js';

const resource = createResource({ service: { name: 'shop' }, env: {} });
const START: [number, number] = [Date.UTC(2025, 0, 1) / 1000, 0];

async function collect(registry: Parameters<typeof collectResourceMetrics>[0]) {
  const { scopeMetrics } = await collectResourceMetrics(registry, resource);
  return scopeMetrics[0]!.metrics;
}

describe('collectResourceMetrics', () => {
  it('gives counters and gauges as sums and gauges, from when each series began', async () => {
    const { registry, clock } = testRegistry({ prefix: 'shop_', defaultLabels: { region: 'eu' } });
    const counter = registry.getOrCreate(Counter, {
      name: 'sent_bytes_total',
      help: 'Sent.',
      labelNames: ['to'],
    });
    counter.inc({ to: 'a' }, 3);
    clock.advanceSync(1500);
    counter.inc({ to: 'b' }, 4);
    registry.getOrCreate(Gauge, { name: 'load_ratio', help: 'Load.' }).set(0.5);
    clock.advanceSync(1000.25);
    const [sum, gauge] = await collect(registry);
    expect(sum).toEqual({
      descriptor: { name: 'shop_sent_bytes_total', description: 'Sent.', unit: 'By', valueType: 1 },
      aggregationTemporality: AggregationTemporality.CUMULATIVE,
      dataPointType: DataPointType.SUM,
      isMonotonic: true,
      dataPoints: [
        {
          startTime: START,
          endTime: [START[0] + 2, 500_250_000],
          attributes: { region: 'eu', to: 'a' },
          value: 3,
        },
        {
          startTime: [START[0] + 1, 500_000_000],
          endTime: [START[0] + 2, 500_250_000],
          attributes: { region: 'eu', to: 'b' },
          value: 4,
        },
      ],
    });
    expect(gauge).toMatchObject({ dataPointType: DataPointType.GAUGE, descriptor: { unit: '1' } });
    expect(gauge!.dataPoints[0]!.value).toBe(0.5);
  });

  it('begins anew after a reset, and never ends before it began', async () => {
    const { registry, clock } = testRegistry();
    const counter = registry.getOrCreate(Counter, { name: 'c_total', help: 'c' });
    clock.advanceSync(5000);
    counter.reset();
    clock.set(0);
    const [sum] = await collect(registry);
    expect(sum!.dataPoints[0]).toMatchObject({ startTime: [START[0] + 5, 0], endTime: [START[0] + 5, 0] });
  });

  it('gives histograms with their bounds, and what each bucket holds by itself', async () => {
    const { registry } = testRegistry();
    const histogram = registry.getOrCreate(Histogram, { name: 'h_seconds', help: 'h', buckets: [1, 2] });
    for (const value of [0.5, 1.5, 1.75, 9]) histogram.observe(value);
    const [data] = await collect(registry);
    expect(data).toMatchObject({ dataPointType: DataPointType.HISTOGRAM, descriptor: { unit: 's' } });
    expect(data!.dataPoints[0]!.value).toEqual({
      buckets: { boundaries: [1, 2], counts: [1, 2, 1] },
      sum: 12.75,
      count: 4,
    });
    histogram.observe(1);
    expect(data!.dataPoints[0]!.value).toMatchObject({ count: 4, buckets: { counts: [1, 2, 1] } });
  });

  it('gives summaries as quantiles, sum and count', async () => {
    const { registry } = testRegistry();
    registry.getOrCreate(Summary, { name: 's_seconds', help: 's', percentiles: [0, 1] }).observe(2);
    const metrics = await collect(registry);
    expect(metrics.map(({ descriptor }) => [descriptor.name, descriptor.unit])).toEqual([
      ['s_seconds', 's'],
      ['s_seconds_sum', 's'],
      ['s_seconds_count', ''],
    ]);
    expect(metrics[0]!.dataPoints.map(({ attributes, value }) => [attributes, value])).toEqual([
      [{ quantile: '0' }, 2],
      [{ quantile: '1' }, 2],
    ]);
  });

  it('marks overflow as the specification has it', async () => {
    const { registry } = testRegistry({ maxSeries: 1 });
    const counter = registry.getOrCreate(Counter, { name: 'c_total', help: 'c', labelNames: ['a'] });
    counter.inc({ a: 1 });
    counter.inc({ a: 2 });
    const [sum] = await collect(registry);
    expect(sum!.dataPoints[1]!.attributes).toEqual({ 'otel.metric.overflow': true });
  });

  it('has the types and the numbers of OpenTelemetry’s SDK', () => {
    expectTypeOf<ResourceMetrics>().toExtend<SdkResourceMetrics>();
    expectTypeOf<SdkResourceMetrics>().toExtend<ResourceMetrics>();
    expectTypeOf<SdkExporter>().toExtend<PushMetricExporter>();
    expectTypeOf<PushMetricExporter>().toExtend<SdkExporter>();
    expect([DELTA, CUMULATIVE]).toEqual([AggregationTemporality.DELTA, AggregationTemporality.CUMULATIVE]);
    expect([HISTOGRAM, EXPONENTIAL_HISTOGRAM, GAUGE, SUM]).toEqual([
      DataPointType.HISTOGRAM,
      DataPointType.EXPONENTIAL_HISTOGRAM,
      DataPointType.GAUGE,
      DataPointType.SUM,
    ]);
  });
});
