import * as prom from 'prom-client';
import { afterEach, describe, expect, expectTypeOf, it } from 'vitest';
import { createResource } from '../../../src/common/resource.js';
import client, {
  AggregatorRegistry,
  Counter,
  collectDefaultMetrics,
  Gauge,
  Histogram,
  Registry,
  register,
  Summary,
} from '../../../src/compat/prom-client/index.js';
import { collectResourceMetrics } from '../../../src/metrics/index.js';

afterEach(() => register.clear());

describe('the global registry', () => {
  it('takes metrics that name no other, once', async () => {
    const counter = new client.Counter({ name: 'hits_total', help: 'h', labelNames: ['page'] });
    counter.inc({ page: '/' });
    expect(await client.register.metrics()).toContain('hits_total{page="/"} 1');
    expect(() => new Counter({ name: 'hits_total', help: 'h' })).toThrow(/already been registered/);
    new Counter({ name: 'hits_total', help: 'h', registers: [] });
    register.clear();
    new Counter({ name: 'hits_total', help: 'h', registers: undefined });
    expect(register.getSingleMetric('hits_total')).toBeInstanceOf(Counter);
  });

  it('is the same under every name', () => {
    expect(client.register).toBe(register);
    expect(register).toBeInstanceOf(Registry);
    expect(register.contentType).toBe(prom.register.contentType);
  });
});

describe('metrics of prom-client’s names', () => {
  it('measure time on process.hrtime, labels told at either end', async () => {
    const histogram = new Histogram({ name: 'h', help: 'h', labelNames: ['a', 'b'], registers: [] });
    const gauge = new Gauge({ name: 'g', help: 'g', labelNames: ['a'], registers: [] });
    const summary = new Summary({ name: 's', help: 's', labelNames: ['a'], registers: [] });
    const seconds = [
      histogram.startTimer({ a: 1 })({ b: 2 }),
      histogram.labels('x', 'y').startTimer()(),
      gauge.startTimer()({ a: 1 }),
      gauge.labels('z').startTimer()(),
      summary.startTimer({ a: 1 })(),
      summary.labels('x').startTimer()(),
    ];
    expect(seconds.every((one) => one > 0 && one < 1)).toBe(true);
    const { values } = await histogram.get();
    expect(values.filter(({ metricName }) => metricName === 'h_count').map(({ labels }) => labels)).toEqual([
      { a: 1, b: 2 },
      { a: 'x', b: 'y' },
    ]);
    gauge.labels('now').setToCurrentTime();
    gauge.setToCurrentTime({ a: 'then' });
    const now = Date.now() / 1000;
    for (const { value, labels } of (await gauge.get()).values.slice(2)) {
      expect(Math.abs(value - now), String(labels.a)).toBeLessThan(5);
    }
  });

  it('hands an error of a collect function on, as prom-client does', async () => {
    const registry = new Registry();
    new Gauge({
      name: 'g',
      help: 'g',
      registers: [registry],
      collect() {
        throw new Error('no');
      },
    });
    await expect(registry.metrics()).rejects.toThrow('no');
    await expect(registry.getMetricsAsJSON()).rejects.toThrow('no');
  });

  it('drop series of a summary that aged, where asked', async () => {
    const options = { help: 's', labelNames: ['a'], registers: [], maxAgeSeconds: 60, ageBuckets: 5 };
    const pruned = new Summary({ ...options, name: 's', pruneAgedBuckets: true });
    pruned.observe({ a: 'x' }, 1);
    expect((await pruned.get()).values).not.toEqual([]);
    pruned.reset();
    expect((await pruned.get()).values).toEqual([]);
    pruned.observe({ a: 'x' }, 1);
    expect((await pruned.get()).values.at(-1)!.value).toBe(1);
  });

  it('have no limit of series, for they had none', async () => {
    const counter = new Counter({ name: 'c', help: 'c', labelNames: ['a'], registers: [] });
    for (let a = 0; a < 5000; a++) counter.inc({ a });
    expect((await counter.get()).values).toHaveLength(5000);
  });

  it('stand in a registry of telltale as well, for its exporters', async () => {
    const registry = new Registry();
    const registers = [registry];
    registry.setDefaultLabels({ region: 'eu', zone: 2 });
    new Counter({ name: 'c_total', help: 'c', labelNames: ['a'], registers }).inc({ a: 'x' }, 2);
    new Gauge({
      name: 'g',
      help: 'g',
      registers,
      collect() {
        this.set(7);
      },
    });
    const { scopeMetrics } = await collectResourceMetrics(registry.telltale, createResource());
    expect(
      scopeMetrics[0]!.metrics.map(({ descriptor, dataPoints }) => [descriptor.name, dataPoints]),
    ).toMatchObject([
      ['c_total', [{ value: 2, attributes: { a: 'x', region: 'eu', zone: '2' } }]],
      ['g', [{ value: 7 }]],
    ]);
    registry.removeSingleMetric('g');
    expect(registry.telltale.getMetricsAsArray()).toHaveLength(1);
  });

  it('know their labels, where they are told', () => {
    const counter = new Counter({ name: 'c', help: 'c', labelNames: ['a', 'b'] as const, registers: [] });
    expectTypeOf(counter).toEqualTypeOf<Counter<'a' | 'b'>>();
    counter.inc({ a: 1 });
    // @ts-expect-error not a label
    expect(() => counter.inc({ z: 1 })).toThrow(/Added label "z" is not included in initial labelset/);
    const loose: Counter<string> = new Counter({ name: 'c', help: 'c', registers: [] });
    expect(loose.name).toBe('c');
  });
});

describe('collectDefaultMetrics', () => {
  it('makes every metric that prom-client makes, of the same type, help aside, and aggregator', async () => {
    const [peer, registry] = [new prom.Registry(), new Registry()];
    prom.collectDefaultMetrics({ register: peer, prefix: 'x_', labels: { instance: 1 } });
    collectDefaultMetrics({ register: registry, prefix: 'x_', labels: { instance: 1 } });
    const summary = (all: unknown) =>
      (all as Awaited<ReturnType<Registry['getMetricsAsJSON']>>)
        .map(({ name, type, aggregator }) => `${name} ${type} ${aggregator}`)
        .sort();
    const json = await registry.getMetricsAsJSON();
    expect(summary(json)).toEqual(summary(await peer.getMetricsAsJSON()));
    for (const { name, values } of json) {
      for (const { labels } of values) expect(String(labels.instance), name).toBe('1');
    }
    expect(
      json.find(({ name }) => name === 'x_process_resident_memory_bytes')!.values[0]!.value,
    ).toBeGreaterThan(1e6);
    expect(
      json.find(({ name }) => name === 'x_nodejs_active_resources_total')!.values[0]!.value,
    ).toBeGreaterThan(0);
    expect([...collectDefaultMetrics.metricsList].sort()).toEqual(
      [...prom.collectDefaultMetrics.metricsList].sort(),
    );
    expect(await registry.telltale.metrics()).toContain('x_process_cpu_seconds_total ');
    expect(() => collectDefaultMetrics({ register: registry, prefix: 'x_' })).toThrow(
      /already been registered/,
    );
    expect(() => collectDefaultMetrics(5 as never)).toThrow(TypeError);
    peer.clear();
  });
});

describe('AggregatorRegistry', () => {
  it('is empty where there are no workers', async () => {
    const registry = new AggregatorRegistry();
    expect(await registry.clusterMetrics()).toBe('');
    expect(() => AggregatorRegistry.setRegistries([{}] as never)).toThrow(TypeError);
  });
});
