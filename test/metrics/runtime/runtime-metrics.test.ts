import {
  InMemoryMetricExporter,
  MeterProvider as Peer,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { describe, expect, it } from 'vitest';
import { Registry, runtimeMetrics } from '../../../src/metrics/index.js';
import { MeterProvider } from '../../../src/metrics/otel/index.js';

const NAMES = [
  'nodejs.eventloop.delay.max',
  'nodejs.eventloop.delay.mean',
  'nodejs.eventloop.delay.min',
  'nodejs.eventloop.delay.p50',
  'nodejs.eventloop.delay.p90',
  'nodejs.eventloop.delay.p99',
  'nodejs.eventloop.delay.stddev',
  'nodejs.eventloop.time',
  'nodejs.eventloop.utilization',
  'process.cpu.time',
  'process.memory.usage',
  'process.unix.file_descriptor.count',
  'process.uptime',
  'v8js.gc.duration',
  'v8js.memory.heap.limit',
  'v8js.memory.heap.space.available_size',
  'v8js.memory.heap.space.physical_size',
  'v8js.memory.heap.used',
  'v8js.resource.active',
];

/** Works the loop and the heap for a while, so that there is something to measure. */
async function work(): Promise<void> {
  const collected = new Promise<void>((resolve) => {
    const observer = new PerformanceObserver(() => {
      observer.disconnect();
      resolve();
    });
    observer.observe({ entryTypes: ['gc'] });
  });
  const kept: unknown[] = [];
  for (let i = 0; i < 3_000_000; i++) if (i % 1000 < 500) kept[i % 1000] = { i, text: `text ${i}` };
  await collected;
}

describe('runtimeMetrics', () => {
  it('measures under the names of the semantic conventions, through anybody’s meter', async () => {
    const exporter = new InMemoryMetricExporter(1);
    const provider = new Peer({ readers: [new PeriodicExportingMetricReader({ exporter })] });
    const { stop } = runtimeMetrics(provider.getMeter('runtime'));
    await work();
    await provider.forceFlush();
    const { metrics } = exporter.getMetrics()[0]!.scopeMetrics[0]!;
    const linux = process.platform === 'linux';
    const expected = NAMES.filter((name) => linux || !name.includes('unix'));
    expect(metrics.map(({ descriptor }) => descriptor.name).sort()).toEqual(expected);
    const total = (name: string) =>
      metrics
        .find(({ descriptor }) => descriptor.name === name)!
        .dataPoints.reduce((sum, { value }) => sum + (typeof value === 'number' ? value : value.count), 0);
    expect(total('process.memory.usage')).toBeGreaterThan(10e6);
    expect(total('v8js.memory.heap.used')).toBeGreaterThan(1e6);
    expect(total('nodejs.eventloop.time')).toBeGreaterThan(0);
    expect(total('nodejs.eventloop.utilization')).toBeLessThanOrEqual(1);
    expect(total('process.cpu.time')).toBeGreaterThan(0);
    expect(total('process.uptime')).toBeGreaterThan(0);
    expect(total('v8js.gc.duration')).toBeGreaterThan(0);
    stop();
    exporter.reset();
    await provider.shutdown();
  });

  it('stands in telltale’s registry when the meter is telltale’s', async () => {
    const registry = new Registry();
    const meter = new MeterProvider({ registry }).getMeter('runtime');
    const { stop } = runtimeMetrics(meter, { eventLoopMonitoringPrecision: 5 });
    await work();
    const text = await registry.metrics();
    expect(text).toMatch(/^process_cpu_time_seconds_total\{.*cpu_mode="user".*\} [\d.]+$/m);
    expect(text).toMatch(/^nodejs_eventloop_time_seconds_total\{.*nodejs_eventloop_state="idle".*\} /m);
    expect(text).toMatch(/^v8js_memory_heap_used_bytes\{.*v8js_heap_space_name="new_space".*\} [1-9]/m);
    expect(text).toMatch(/^v8js_gc_duration_seconds_count\{.*v8js_gc_type="minor".*\} [1-9]/m);
    stop();
  });

  it('refuses wrong options', () => {
    expect(() => runtimeMetrics({} as never)).toThrow(/runtimeMetrics: meter is \{\}/);
    const meter = new MeterProvider({ registry: new Registry() }).getMeter('runtime');
    expect(() => runtimeMetrics(meter, { eventLoopMonitoringPrecision: 0 })).toThrow(/Precision is 0/);
  });
});
