import { describe, expect, it } from 'vitest';
import {
  Counter,
  createTelemetry,
  Histogram,
  metricViews,
  NativeHistogram,
  traceExemplars,
} from '../../src/index.js';

describe('metrics of a telemetry', () => {
  it('carry the ids of sampled spans, whichever API made them, and heed views', async () => {
    await using telemetry = createTelemetry({
      service: { name: 'shop' },
      logs: false,
      metrics: {
        process: false,
        exemplars: traceExemplars(),
        views: metricViews([{ dropLabels: ['user'] }, { metric: 'debug_*', deny: true }]),
      },
    });
    const { registry, tracer, meterProvider } = telemetry;
    const histogram = registry.getOrCreate(Histogram, {
      name: 'h',
      help: 'h',
      labelNames: ['user'],
      buckets: [1],
    });
    const native = registry.getOrCreate(NativeHistogram, { name: 'n', help: 'n' });
    const debug = registry.getOrCreate(Counter, { name: 'debug_total', help: 'd', labelNames: ['a'] });
    const foreign = meterProvider.getMeter('m').createCounter('orders');
    const span = await tracer.trace('charge', async (active) => {
      await Promise.resolve();
      histogram.observe({ user: 'u1' }, 0.5);
      native.observe(2);
      debug.inc({ a: 1 });
      foreign.add(3, { user: 'u2', method: 'card' });
      return active;
    });
    const { traceId, spanId } = span.spanContext();
    const [series] = histogram.series();
    expect(series!.text).toBe('');
    expect(series!.exemplars!.read()).toMatchObject([{ value: 0.5, traceId, spanId }, undefined]);
    expect(native.labels({}).exemplars!.read().filter(Boolean)).toMatchObject([
      { value: 2, traceId, spanId },
    ]);
    const orders = registry.getSingleMetric('orders_total') as Counter<string>;
    expect(orders.series()[0]!.exemplars!.read()).toMatchObject([{ value: 3, traceId, spanId }]);
    const text = await registry.metrics();
    expect(text).toMatch(/^orders_total\{.*method="card".*\} 3$/m);
    expect(text).not.toMatch(/user=|debug/);
  });
});
