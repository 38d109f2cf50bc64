import type { Meter, Observable } from '@opentelemetry/api';
import { checkInteger, checkMethods, checkOptions } from '../../common/options.js';
import { watchGarbageCollections } from './garbage-collections.js';
import { watchLoopDelay } from './loop-delay.js';

export interface RuntimeMetricsOptions {
  /** Milliseconds between two samples of the event loop's delay. Default 10. */
  eventLoopMonitoringPrecision?: number;
}

/**
 * Measures the process and Node itself under the names of OpenTelemetry's semantic conventions, through any meter:
 * telltale's own (then they stand in the registry as well, `nodejs.eventloop.utilization` as
 * `nodejs_eventloop_utilization`), or another SDK's. `defaultMetrics` has prom-client's names for the same.
 *
 * ```ts
 * const runtime = runtimeMetrics(telemetry.meterProvider.getMeter('runtime'));
 * runtime.stop();
 * ```
 *
 * Conventions: https://opentelemetry.io/docs/specs/semconv/runtime/nodejs-metrics/, `…/v8js-metrics/`, and
 * https://opentelemetry.io/docs/specs/semconv/system/process-metrics/
 */
export function runtimeMetrics(meter: Meter, options: RuntimeMetricsOptions = {}): { stop(): void } {
  const owner = 'runtimeMetrics';
  checkMethods(owner, 'meter', meter, ['createHistogram', 'addBatchObservableCallback']);
  const { eventLoopMonitoringPrecision } = checkOptions(owner, options, ['eventLoopMonitoringPrecision']);
  const bounds = { min: 1, max: 10_000 };
  const precision = 'eventLoopMonitoringPrecision';
  const resolution = checkInteger(owner, precision, eventLoopMonitoringPrecision, 10, bounds);
  const stops = [eventLoop(meter, resolution), heap(meter), resources(meter), processFigures(meter)];
  const collections = meter.createHistogram('v8js.gc.duration', {
    description: 'Garbage collection duration.',
    unit: 's',
    advice: { explicitBucketBoundaries: [0.01, 0.1, 1, 10] },
  });
  stops.push(
    watchGarbageCollections((kind, seconds) => collections.record(seconds, { 'v8js.gc.type': kind })),
  );
  return {
    stop() {
      for (const stop of stops) stop();
    },
  };
}

type Stop = () => void;
type Callback = Parameters<Meter['addBatchObservableCallback']>[0];

function observe(meter: Meter, instruments: readonly Observable[], callback: Callback): Stop {
  const all = [...instruments];
  meter.addBatchObservableCallback(callback, all);
  return () => meter.removeBatchObservableCallback(callback, all);
}

const DELAYS = ['min', 'max', 'mean', 'stddev', 'p50', 'p90', 'p99'] as const;

function eventLoop(meter: Meter, resolution: number): Stop {
  const gauges = DELAYS.map((figure) =>
    meter.createObservableGauge(`nodejs.eventloop.delay.${figure}`, {
      description: `Event loop delay, ${figure} since the last reading.`,
      unit: 's',
    }),
  );
  const utilization = meter.createObservableGauge('nodejs.eventloop.utilization', {
    description: 'Share of the time since the last reading in which the event loop was busy.',
    unit: '1',
  });
  const time = meter.createObservableCounter('nodejs.eventloop.time', {
    description: 'Cumulative time the event loop has been in each state.',
    unit: 's',
  });
  const delay = watchLoopDelay(resolution);
  let last = performance.eventLoopUtilization();
  const stop = observe(meter, [...gauges, utilization, time], async (result) => {
    // First, so that this reading's own work is not part of it.
    const now = performance.eventLoopUtilization();
    const since = performance.eventLoopUtilization(now, last);
    last = now;
    result.observe(utilization, since.utilization);
    result.observe(time, now.active / 1000, { 'nodejs.eventloop.state': 'active' });
    result.observe(time, now.idle / 1000, { 'nodejs.eventloop.state': 'idle' });
    const figures = await delay.read();
    for (const [i, figure] of DELAYS.entries()) result.observe(gauges[i]!, figures[figure]);
  });
  return () => {
    stop();
    delay.stop();
  };
}

function heap(meter: Meter): Stop {
  const bytes = (name: string, description: string) =>
    meter.createObservableUpDownCounter(`v8js.memory.heap.${name}`, { description, unit: 'By' });
  const limit = bytes('limit', 'Total heap memory size pre-allocated.');
  const used = bytes('used', 'Heap memory size allocated.');
  const available = bytes('space.available_size', 'Heap space available size.');
  const physical = bytes('space.physical_size', 'Committed size of a heap space.');
  return observe(meter, [limit, used, available, physical], async (result) => {
    const { getHeapSpaceStatistics } = await import('node:v8');
    for (const space of getHeapSpaceStatistics()) {
      const attributes = { 'v8js.heap.space.name': space.space_name };
      result.observe(limit, space.space_size, attributes);
      result.observe(used, space.space_used_size, attributes);
      result.observe(available, space.space_available_size, attributes);
      result.observe(physical, space.physical_space_size, attributes);
    }
  });
}

function resources(meter: Meter): Stop {
  const active = meter.createObservableUpDownCounter('v8js.resource.active', {
    description: 'Resources that keep the event loop alive.',
    unit: '{resource}',
  });
  return observe(meter, [active], (result) => {
    const counts = new Map<string, number>();
    for (const type of process.getActiveResourcesInfo()) counts.set(type, (counts.get(type) ?? 0) + 1);
    for (const [type, count] of counts) result.observe(active, count, { 'v8js.resource.type': type });
  });
}

function processFigures(meter: Meter): Stop {
  const cpu = meter.createObservableCounter('process.cpu.time', {
    description: 'Total CPU seconds broken down by different modes.',
    unit: 's',
  });
  const memory = meter.createObservableUpDownCounter('process.memory.usage', {
    description: 'The amount of physical memory in use.',
    unit: 'By',
  });
  const uptime = meter.createObservableGauge('process.uptime', {
    description: 'The time the process has been running.',
    unit: 's',
  });
  const files = meter.createObservableUpDownCounter('process.unix.file_descriptor.count', {
    description: 'Number of unix file descriptors in use by the process.',
    unit: '{file_descriptor}',
  });
  return observe(meter, [cpu, memory, uptime, files], async (result) => {
    const { user, system } = process.cpuUsage();
    result.observe(cpu, user / 1e6, { 'cpu.mode': 'user' });
    result.observe(cpu, system / 1e6, { 'cpu.mode': 'system' });
    result.observe(memory, process.memoryUsage.rss());
    result.observe(uptime, process.uptime());
    if (process.platform !== 'linux') return;
    const { readdir } = await import('node:fs/promises');
    // One of them is the reading itself.
    result.observe(files, (await readdir('/proc/self/fd')).length - 1);
  });
}
