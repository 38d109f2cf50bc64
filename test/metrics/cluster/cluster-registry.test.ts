import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import { createResource } from '../../../src/common/resource.js';
import {
  ClusterRegistry,
  type ClusterRegistryOptions,
  shareMetrics,
} from '../../../src/metrics/cluster/index.js';
import {
  Counter,
  collectResourceMetrics,
  defaultMetrics,
  Gauge,
  Histogram,
  Info,
  NativeHistogram,
  Registry,
  registryReader,
  StateSet,
  Summary,
  UpDownCounter,
} from '../../../src/metrics/index.js';
import { testRegistry } from '../setup.js';

/** `node:cluster` and its workers in one process, whose messages go through JSON as they do there. */
function setup(options: Partial<ClusterRegistryOptions> = {}, count = 2) {
  const cluster = Object.assign(new EventEmitter(), { workers: {} as Record<string, unknown> });
  const workers = Array.from({ length: count }, (_, i) => worker(i + 1));

  function worker(id: number) {
    const registry = new Registry();
    const port = new EventEmitter();
    let silent = false;
    const self = {
      id,
      registry,
      send(message: unknown) {
        if (!silent) port.emit('message', JSON.parse(JSON.stringify(message)));
      },
      silence(on: boolean) {
        silent = on;
      },
      die() {
        delete cluster.workers[id];
        cluster.emit('exit', self);
      },
    };
    const line = Object.assign(port, {
      send: (message: unknown) => cluster.emit('message', self, JSON.parse(JSON.stringify(message))),
    });
    shareMetrics(registry, line);
    cluster.workers[id] = self;
    return self;
  }

  const made = testRegistry();
  const { clock, diagnostics, troubles } = made;
  const registry = new ClusterRegistry({ cluster: cluster as never, clock, diagnostics, ...options });
  const lines = async () =>
    (await registry.metrics()).split('\n').filter((line) => !/^(#|$|telltale)/.test(line));
  const fork = (id: number) => {
    const added = worker(id);
    cluster.emit('fork', added);
    return added;
  };
  return { cluster, workers, registry, clock, troubles, lines, fork, made };
}

describe('ClusterRegistry', () => {
  it('adds up what workers count, and merges what they observe', async () => {
    const { workers, lines, registry } = setup();
    for (const { registry: own, id } of workers) {
      own.setDefaultLabels({ region: 'eu' });
      own
        .getOrCreate(Counter, { name: 'jobs_total', help: 'j', labelNames: ['queue'] })
        .inc({ queue: 'a"b' }, id);
      own.getOrCreate(Counter, { name: 'plain_total', help: 'p' }).inc(id);
      own.getOrCreate(UpDownCounter, { name: 'open', help: 'o' }).inc(-id);
      const histogram = own.getOrCreate(Histogram, { name: 'h', help: 'h', buckets: [1, 10] });
      for (const value of [0.5, 5 * id, 50]) histogram.observe(value);
      own.getOrCreate(Info, { name: 'build_info', help: 'b', labelNames: ['v'] }).set({ v: '1' });
      own
        .getOrCreate(StateSet, { name: 'state', help: 's', states: ['on', 'off'] })
        .set(id === 1 ? 'on' : 'off');
    }
    expect(await lines()).toEqual([
      'jobs_total{queue="a\\"b",region="eu"} 3',
      'plain_total{region="eu"} 3',
      'open{region="eu"} -3',
      'h_bucket{le="1",region="eu"} 2',
      'h_bucket{le="10",region="eu"} 4',
      'h_bucket{le="+Inf",region="eu"} 6',
      'h_sum{region="eu"} 116',
      'h_count{region="eu"} 6',
      'build_info{v="1",region="eu"} 1',
      'state{state="on",region="eu"} 1',
      'state{state="off",region="eu"} 1',
    ]);
    const { scopeMetrics } = await collectResourceMetrics(registry, createResource());
    const histogram = scopeMetrics[0]!.metrics.find(({ descriptor }) => descriptor.name === 'h');
    expect(histogram!.dataPoints[0]!.value).toMatchObject({
      count: 6,
      sum: 116,
      buckets: { boundaries: [1, 10], counts: [2, 2, 2] },
    });
  });

  it('merges native histograms, and the quantiles of summaries to within one per cent', async () => {
    const { workers, registry } = setup({}, 4);
    for (const { registry: own, id } of workers) {
      const summary = own.getOrCreate(Summary, { name: 's', help: 's', percentiles: [0, 0.5, 0.99] });
      const native = own.getOrCreate(NativeHistogram, { name: 'n', help: 'n' });
      own.getOrCreate(Summary, { name: 'empty', help: 'e', percentiles: [0.5] });
      own.getOrCreate(NativeHistogram, { name: 'none', help: 'n' });
      own.getOrCreate(Gauge, { name: 'inf', help: 'i' }).set(-Infinity);
      for (let i = id; i <= 1000; i += 4) {
        summary.observe(i);
        native.observe(i);
      }
    }
    const all = await registry.getMetricsAsJSON();
    const values = (name: string) =>
      all.find((metric) => metric.name === name)!.values.map(({ value }) => value);
    const [least, median, high, sum, count] = values('s') as [number, number, number, number, number];
    expect([least, sum, count]).toEqual([1, 500_500, 1000]);
    expect(Math.abs(median - 500) / 500).toBeLessThan(0.011);
    expect(Math.abs(high - 990) / 990).toBeLessThan(0.011);
    expect([values('empty'), values('inf')]).toEqual([[Number.NaN, 0, 0], [-Infinity]]);
    const { scopeMetrics } = await collectResourceMetrics(registry, createResource());
    const points = new Map(
      scopeMetrics[0]!.metrics.map(({ descriptor, dataPoints }) => [descriptor.name, dataPoints[0]!.value]),
    );
    expect(points.get('n')).toMatchObject({ count: 1000, sum: 500_500, min: 1, max: 1000 });
    expect(points.get('none')).toMatchObject({ count: 0, zeroCount: 0 });
  });

  it('puts each metric together as told', async () => {
    const { workers, lines } = setup({
      aggregators: { low: 'min', high: 'max', 'mean_*': 'average', one: 'first', secret: 'omit' },
    });
    for (const { registry: own, id } of workers) {
      for (const name of ['low', 'high', 'mean_x', 'one', 'secret', 'other']) {
        own.getOrCreate(Gauge, { name, help: name }).set(id * 10);
      }
    }
    expect(await lines()).toEqual(['low 10', 'high 20', 'mean_x 15', 'one 10', 'other 30']);
  });

  it('knows what suits the metrics of the runtime', async () => {
    const { workers, registry } = setup();
    const running = workers.map(({ registry: own }) => defaultMetrics(own));
    const text = await registry.metrics();
    for (const { stop } of running) stop();
    const value = (name: string) => Number(new RegExp(`^${name}(?:{.*})? (\\S+)$`, 'm').exec(text)![1]);
    expect(value('process_start_time_seconds')).toBeLessThan(Date.now() / 1000 + 1);
    expect(value('nodejs_version_info')).toBe(1);
    expect(value('process_resident_memory_bytes')).toBeGreaterThan(process.memoryUsage.rss() * 1.2);
    expect(value('nodejs_eventloop_lag_seconds')).toBeLessThan(1);
  });

  it('keeps apart what workers have, where asked, and takes in a registry of the primary', async () => {
    const include = new Registry();
    include.getOrCreate(Counter, { name: 'c_total', help: 'c', labelNames: ['a'] }).inc({ a: 'x' }, 9);
    const { workers, lines } = setup({ perWorker: true, include });
    for (const { registry: own, id } of workers) {
      own.getOrCreate(Counter, { name: 'c_total', help: 'c', labelNames: ['a'] }).inc(id);
    }
    expect(await lines()).toEqual([
      'c_total{a="x",worker="primary"} 9',
      'c_total{worker="1"} 1',
      'c_total{worker="2"} 2',
    ]);
    workers[0]!.die();
    expect(await lines()).toEqual(['c_total{a="x",worker="primary"} 9', 'c_total{worker="2"} 2']);
  });

  it('does not wait for a silent worker, keeps its values and tells their age', async () => {
    const { workers, registry, clock, troubles } = setup();
    const counters = workers.map(({ registry: own }) =>
      own.getOrCreate(Counter, { name: 'c_total', help: 'c' }),
    );
    for (const counter of counters) counter.inc(5);
    await registry.metrics();
    await clock.advance(60_000);
    workers[0]!.silence(true);
    for (const counter of counters) counter.inc();
    const scrape = registry.metrics();
    await clock.advance(1000);
    const text = await scrape;
    expect(text).toContain('\nc_total 11\n');
    expect(text).toContain('telltale_cluster_worker_age_seconds{worker="1"} 61\n');
    expect(text).toContain('telltale_cluster_worker_age_seconds{worker="2"} 0\n');
    expect(troubles.map(({ code, subject }) => [code, subject])).toEqual([['worker_silent', '1']]);
    workers[0]!.silence(false);
    expect(await registry.metrics()).toContain('\nc_total 12\n');
  });

  it('never lets totals fall when workers end, and lets their gauges go', async () => {
    const { workers, lines, fork } = setup();
    const use = (own: Registry) => {
      own.getOrCreate(Counter, { name: 'c_total', help: 'c' }).inc(5);
      own.getOrCreate(Histogram, { name: 'h', help: 'h', buckets: [1] }).observe(0.5);
      own.getOrCreate(Gauge, { name: 'g', help: 'g' }).set(1);
    };
    for (const { registry: own } of workers) use(own);
    expect((await lines())[0]).toBe('c_total 10');
    workers[0]!.die();
    expect(await lines()).toEqual([
      'c_total 10',
      'h_bucket{le="1"} 2',
      'h_bucket{le="+Inf"} 2',
      'h_sum 1',
      'h_count 2',
      'g 1',
    ]);
    use(fork(3).registry);
    workers[1]!.die();
    expect((await lines()).filter((line) => !line.startsWith('h_'))).toEqual(['c_total 15', 'g 1']);
  });

  it('does not wait for one that dies while it is asked, or whose line is closed', async () => {
    const { workers, registry, clock } = setup();
    workers[1]!.registry.getOrCreate(Counter, { name: 'c_total', help: 'c' }).inc();
    workers[0]!.silence(true);
    const scrape = registry.metrics();
    workers[0]!.die();
    expect(await scrape).toContain('c_total 1');
    workers[1]!.send = () => {
      throw new Error('ERR_IPC_CHANNEL_CLOSED');
    };
    const before = clock.monotonic();
    expect(await registry.metrics()).toContain('c_total 1');
    expect(clock.monotonic()).toBe(before);
  });

  it('is read in deltas as any other registry, across the end of a worker', async () => {
    const { workers, registry } = setup();
    const use = (own: Registry, by: number) =>
      own.getOrCreate(Counter, { name: 'c_total', help: 'c', labelNames: ['a'] }).inc({ a: 'x' }, by);
    const reader = registryReader({ registry, resource: createResource(), temporality: () => 0 });
    const delta = async () => {
      const { scopeMetrics } = await reader.read();
      const metric = scopeMetrics[0]!.metrics.find(({ descriptor }) => descriptor.name === 'c_total');
      return metric?.dataPoints.map(({ value }) => value) ?? [];
    };
    for (const { registry: own } of workers) use(own, 5);
    expect(await delta()).toEqual([10]);
    use(workers[0]!.registry, 2);
    expect(await delta()).toEqual([2]);
    workers[0]!.die();
    use(workers[1]!.registry, 1);
    expect(await delta()).toEqual([1]);
  });

  it('passes over messages of others, and garbled ones', async () => {
    const { cluster, workers, registry, troubles } = setup();
    workers[0]!.registry.getOrCreate(Counter, { name: 'c_total', help: 'c' }).inc();
    for (const message of [
      null,
      5,
      'x',
      {},
      { telltale: 'metrics!' },
      { telltale: 'metrics?', request: 1 },
    ]) {
      cluster.emit('message', workers[0], message);
      workers[0]!.send(message);
    }
    cluster.emit('message', { id: 99 }, { telltale: 'metrics!', request: 1, body: '[]' });
    for (const body of [undefined, '{', 5]) {
      cluster.emit('message', workers[0], { telltale: 'metrics!', request: 0, body });
    }
    expect(await registry.metrics()).toContain('c_total 1');
    expect(troubles.map(({ code }) => code)).toEqual(['worker_garbled']);
  });

  it('leaves out a metric whose name or shape does not go together', async () => {
    const { workers, registry, lines, troubles } = setup();
    const [a, b] = workers as [(typeof workers)[0], (typeof workers)[0]];
    a.registry.getOrCreate(Counter, { name: 'x', help: 'x' }).inc();
    b.registry.getOrCreate(Gauge, { name: 'x', help: 'x' }).set(7);
    a.registry.getOrCreate(Gauge, { name: 'own', help: 'o' }).set(1);
    registry.getOrCreate(Gauge, { name: 'own', help: 'o' }).set(2);
    expect(await lines()).toEqual(['own 2', 'x 1']);
    expect(troubles.map(({ code }) => code).sort()).toEqual(['cluster_metric', 'cluster_shape']);
  });

  it('tells of workers that have other buckets, alive or gone', async () => {
    const { workers, lines, troubles } = setup();
    for (const [i, { registry: own }] of workers.entries()) {
      own.getOrCreate(Histogram, { name: 'h', help: 'h', buckets: [1, 2].slice(i) }).observe(1);
    }
    expect(await lines()).toContain('h_count 1');
    expect(troubles.map(({ code, subject }) => [code, subject])).toEqual([['cluster_shape', 'h']]);
    for (const worker of workers) worker.die();
    expect(await lines()).toContain('h_count 1');
  });

  it('asks nobody after stop', async () => {
    const { cluster, workers, registry } = setup();
    const counter = workers[0]!.registry.getOrCreate(Counter, { name: 'c_total', help: 'c' });
    counter.inc();
    await registry.metrics();
    registry.stop();
    counter.inc();
    expect(await registry.metrics()).not.toContain('c_total 2');
    expect(cluster.listenerCount('message')).toBe(0);
  });

  it('refuses wrong options', () => {
    const make = (options: object) => () => new ClusterRegistry(options as never);
    expect(make({ cluster: {} })).toThrow(/ClusterRegistry: cluster is \{\}/);
    expect(make({ threads: [{}] })).toThrow(/thread is \{\}/);
    expect(make({ aggregators: { x: 'median' } })).toThrow(/aggregators.x is "median"; accepted: "sum"/);
    expect(make({ deadline: 0 })).toThrow(/deadline is 0/);
    expect(make({ timeout: 1 })).toThrow(
      /ClusterRegistry: unknown option "timeout"; accepted: .*deadline, .*maxSeries/,
    );
    expect(() => shareMetrics({} as never)).toThrow(/shareMetrics: registry/);
  });
});
