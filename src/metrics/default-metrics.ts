import { checkInteger, checkMethods, checkOptions } from '../common/options.js';
import { Counter } from './counter.js';
import { Gauge } from './gauge.js';
import { Histogram } from './histogram.js';
import { checkMetricName } from './names.js';
import type { Registry } from './registry.js';
import { watchGarbageCollections } from './runtime/garbage-collections.js';
import { watchLoopDelay } from './runtime/loop-delay.js';

export interface DefaultMetricsOptions {
  /** Put before each name, beside the registry's own prefix. Default: nothing. */
  prefix?: string;
  /** Upper bounds, in seconds, of `nodejs_gc_duration_seconds`. Default 1 ms to 5 s. */
  gcDurationBuckets?: readonly number[];
  /** Milliseconds between two samples of the event loop's delay. Default 10. */
  eventLoopMonitoringPrecision?: number;
}

const GC_BUCKETS = [0.001, 0.01, 0.1, 1, 2, 5];

/**
 * Measures the process and Node itself, under the names that prom-client made usual: processor time, memory,
 * heap and its spaces, delay of the event loop, garbage collections by kind, handles, requests and resources in
 * use, file descriptors, start time, version. Nothing here keeps the process alive.
 *
 * Left out are prom-client's `nodejs_active_handles_total`, `…_requests_total` and `…_resources_total`: gauges
 * with the name of a counter, at which `promtool check metrics` complains. `sum(nodejs_active_handles)` is the
 * same number.
 *
 * As in prom-client, the `nodejs_eventloop_lag_*` figures of the sampling histogram include the sampling step
 * itself (10 ms by default), and cover the time since the last reading.
 *
 * ```ts
 * const runtime = defaultMetrics(registry);
 * runtime.stop(); // ends the measuring; the metrics stay as they are
 * ```
 */
export function defaultMetrics(registry: Registry, options: DefaultMetricsOptions = {}): { stop(): void } {
  const owner = 'defaultMetrics';
  checkMethods(owner, 'registry', registry, ['getOrCreate', 'onCollect']);
  const checked = checkOptions(owner, options, [
    'prefix',
    'gcDurationBuckets',
    'eventLoopMonitoringPrecision',
  ]);
  const prefix = (checked.prefix ?? '') === '' ? '' : checkMetricName(owner, 'prefix', checked.prefix);
  const resolution = checkInteger(
    owner,
    'eventLoopMonitoringPrecision',
    checked.eventLoopMonitoringPrecision,
    10,
    { min: 1, max: 10_000 },
  );
  const make = new Maker(registry, prefix);
  const stopGc = observeGc(make, registry, checked.gcDurationBuckets ?? GC_BUCKETS);
  const loop = eventLoop(make, resolution);
  const readers = [cpu(make), memory(make), heapSpaces(make), active(make), loop.read, proc(make)];
  about(make);
  const unhook = registry.onCollect(owner, async () => {
    await Promise.all(readers.map((read) => read()));
  });
  return {
    stop() {
      unhook();
      stopGc();
      loop.stop();
    },
  };
}

type Reader = () => void | Promise<void>;

/** Makes metrics with the prefix in front. */
class Maker {
  readonly registry: Registry;
  readonly prefix: string;

  constructor(registry: Registry, prefix: string) {
    this.registry = registry;
    this.prefix = prefix;
  }

  gauge(name: string, help: string): Gauge {
    return this.registry.getOrCreate(Gauge, { name: this.prefix + name, help });
  }

  /** A gauge with one label. */
  gauges<L extends string>(name: string, help: string, label: L): Gauge<L> {
    return this.registry.getOrCreate(Gauge, { name: this.prefix + name, help, labelNames: [label] });
  }
}

function cpu({ registry, prefix }: Maker): Reader {
  const counter = (name: string, help: string) =>
    registry.getOrCreate(Counter, { name: prefix + name, help });
  const user = counter('process_cpu_user_seconds_total', 'Total user CPU time spent in seconds.');
  const system = counter('process_cpu_system_seconds_total', 'Total system CPU time spent in seconds.');
  const total = counter('process_cpu_seconds_total', 'Total user and system CPU time spent in seconds.');
  let last = { user: 0, system: 0 };
  return () => {
    const now = process.cpuUsage();
    const userSeconds = Math.max(now.user - last.user, 0) / 1e6;
    const systemSeconds = Math.max(now.system - last.system, 0) / 1e6;
    user.inc(userSeconds);
    system.inc(systemSeconds);
    total.inc(userSeconds + systemSeconds);
    last = now;
  };
}

function memory(make: Maker): Reader {
  const resident = make.gauge('process_resident_memory_bytes', 'Resident memory size in bytes.');
  const heapTotal = make.gauge('nodejs_heap_size_total_bytes', 'Process heap size from Node.js in bytes.');
  const heapUsed = make.gauge('nodejs_heap_size_used_bytes', 'Process heap size used from Node.js in bytes.');
  const external = make.gauge('nodejs_external_memory_bytes', 'Node.js external memory size in bytes.');
  return () => {
    const usage = process.memoryUsage();
    resident.set(usage.rss);
    heapTotal.set(usage.heapTotal);
    heapUsed.set(usage.heapUsed);
    external.set(usage.external);
  };
}

function heapSpaces(make: Maker): Reader {
  const name = 'nodejs_heap_space_size';
  const total = make.gauges(`${name}_total_bytes`, 'Process heap space size total in bytes.', 'space');
  const used = make.gauges(`${name}_used_bytes`, 'Process heap space size used in bytes.', 'space');
  const free = make.gauges(`${name}_available_bytes`, 'Process heap space size available in bytes.', 'space');
  return async () => {
    // Loaded at the first reading: it takes ten times as long to load as all else that this file imports.
    const { getHeapSpaceStatistics } = await import('node:v8');
    for (const statistics of getHeapSpaceStatistics()) {
      const space = statistics.space_name.replace(/_space$/, '');
      total.set({ space }, statistics.space_size);
      used.set({ space }, statistics.space_used_size);
      free.set({ space }, statistics.space_available_size);
    }
  };
}

/** What keeps the loop busy, by kind. A kind that is gone shows 0, so that graphs do not hold its last value. */
function active(make: Maker): Reader {
  const groups = [
    { name: 'resources', read: () => process.getActiveResourcesInfo() },
    // Not part of Node's documented API, but of its habits; left out where they are missing.
    { name: 'handles', read: () => classNames('_getActiveHandles') },
    { name: 'requests', read: () => classNames('_getActiveRequests') },
  ].map(({ name, read }) => ({
    read,
    byType: make.gauges(`nodejs_active_${name}`, `Number of active ${name} grouped by type.`, 'type'),
  }));
  return () => {
    for (const { read, byType } of groups) {
      for (const series of byType.series()) series.set(0);
      for (const type of read()) byType.inc({ type });
    }
  };
}

function classNames(method: '_getActiveHandles' | '_getActiveRequests'): string[] {
  const host = process as unknown as Record<string, (() => unknown[]) | undefined>;
  return host[method]?.().map((handle) => (handle as object | null)?.constructor?.name ?? 'unknown') ?? [];
}

function eventLoop(make: Maker, resolution: number): { read: Reader; stop(): void } {
  const lag = make.gauge('nodejs_eventloop_lag_seconds', 'Lag of event loop in seconds.');
  const busy = make.gauge(
    'nodejs_eventloop_utilization',
    'Share of the time since the last reading in which the event loop was busy.',
  );
  const figures = FIGURES.map(([name, help]) => {
    const text = `The ${help} of the recorded event loop delays.`;
    return { name, gauge: make.gauge(`nodejs_eventloop_lag_${name}_seconds`, text) };
  });
  const delay = watchLoopDelay(resolution);
  let last = performance.eventLoopUtilization();
  return {
    stop: delay.stop,
    async read() {
      const now = performance.eventLoopUtilization();
      busy.set(performance.eventLoopUtilization(now, last).utilization);
      last = now;
      const delays = await delay.read();
      for (const { name, gauge } of figures) gauge.set(delays[name]);
      // The first turn takes the rest of this scrape's own work, which is not to be measured.
      await nextTurn();
      const start = performance.now();
      await nextTurn();
      lag.set((performance.now() - start) / 1000);
    },
  };
}

const FIGURES = [
  ['min', 'minimum'],
  ['max', 'maximum'],
  ['mean', 'mean'],
  ['stddev', 'standard deviation'],
  ['p50', '50th percentile'],
  ['p90', '90th percentile'],
  ['p99', '99th percentile'],
] as const;

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Linux only: file descriptors and memory from `/proc`. Elsewhere these metrics are not there. */
function proc(make: Maker): Reader {
  if (process.platform !== 'linux') return () => {};
  const open = make.gauge('process_open_fds', 'Number of open file descriptors.');
  const most = make.gauge('process_max_fds', 'Maximum number of open file descriptors.');
  const virtual = make.gauge('process_virtual_memory_bytes', 'Virtual memory size in bytes.');
  const heap = make.gauge('process_heap_bytes', 'Process heap size in bytes.');
  return async () => {
    const { readdir, readFile } = await import('node:fs/promises');
    const [descriptors, limits, status] = await Promise.all([
      readdir('/proc/self/fd'),
      readFile('/proc/self/limits', 'utf8'),
      readFile('/proc/self/status', 'utf8'),
    ]);
    open.set(descriptors.length - 1); // one of them is the reading itself
    const limit = /^Max open files\s+(\S+)/m.exec(limits)?.[1];
    most.set(limit === 'unlimited' ? Infinity : Number(limit));
    virtual.set(kilobytes(status, 'VmSize'));
    heap.set(kilobytes(status, 'VmData'));
  };
}

function kilobytes(status: string, field: string): number {
  const line = status.split('\n').find((candidate) => candidate.startsWith(`${field}:`));
  return Number.parseInt(line?.slice(field.length + 1) ?? '', 10) * 1024;
}

/** What never changes. */
function about(make: Maker): void {
  make
    .gauge('process_start_time_seconds', 'Start time of the process since unix epoch in seconds.')
    .set(Math.floor(Date.now() / 1000 - process.uptime()));
  const version = process.version;
  const [major = '', minor = '', patch = ''] = version.slice(1).split('.');
  make.registry
    .getOrCreate(Gauge, {
      name: `${make.prefix}nodejs_version_info`,
      help: 'Node.js version info.',
      labelNames: ['version', 'major', 'minor', 'patch'],
    })
    .set({ version, major, minor, patch }, 1);
}

/** Records each garbage collection by its kind; returns what ends it. */
function observeGc(make: Maker, registry: Registry, buckets: readonly number[]): () => void {
  const duration = registry.getOrCreate(Histogram, {
    name: `${make.prefix}nodejs_gc_duration_seconds`,
    help: 'Garbage collection duration by kind, one of major, minor, incremental or weakcb.',
    labelNames: ['kind'],
    buckets,
  });
  return watchGarbageCollections((kind, seconds) => duration.observe({ kind }, seconds));
}
