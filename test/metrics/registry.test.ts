import { describe, expect, expectTypeOf, it } from 'vitest';
import { Counter, Gauge, Histogram, Registry, Summary } from '../../src/metrics/index.js';
import { testRegistry } from './setup.js';

const HITS = { name: 'hits_total', help: 'Hits.', labelNames: ['page'] as const };

describe('registering', () => {
  it('gives the same metric for the same name and shape', () => {
    const { registry } = testRegistry();
    const first = registry.getOrCreate(Counter, HITS);
    expect(registry.getOrCreate(Counter, { ...HITS, help: 'Hits, in other words.' })).toBe(first);
    expect(registry.getSingleMetric('hits_total')).toBe(first);
    const buckets = { name: 'h', help: 'h', buckets: [1, 2] };
    expect(registry.getOrCreate(Histogram, buckets)).toBe(registry.getOrCreate(Histogram, buckets));
    const windows = { name: 's', help: 's', maxAgeSeconds: 5 };
    expect(registry.getOrCreate(Summary, windows)).toBe(registry.getOrCreate(Summary, windows));
    expect(registry.getOrCreate(Gauge, { name: 'g', help: 'g' })).toBe(
      registry.getOrCreate(Gauge, { name: 'g', help: 'g' }),
    );
  });

  it('knows the class and the label names of what it gives', () => {
    const { registry } = testRegistry();
    expectTypeOf(registry.getOrCreate(Counter, HITS)).toEqualTypeOf<Counter<'page'>>();
    const gauge = registry.getOrCreate(Gauge, { name: 'g', help: 'g', labelNames: ['a', 'b'] });
    expectTypeOf(gauge).toEqualTypeOf<Gauge<'a' | 'b'>>();
    // @ts-expect-error not a declared name
    gauge.set({ c: 1 }, 1);
    expectTypeOf(registry.getOrCreate(Histogram, { name: 'h', help: 'h' })).toEqualTypeOf<Histogram>();
    expectTypeOf(registry.getOrCreate(Summary, { name: 's', help: 's' })).toEqualTypeOf<Summary>();
    // @ts-expect-error a counter has no buckets
    expect(() => registry.getOrCreate(Counter, { name: 'c', help: 'c', buckets: [1] })).toThrow(/buckets/);
    // @ts-expect-error help is missing
    expect(() => registry.getOrCreate(Counter, { name: 'c' })).toThrow(/help/);
    // @ts-expect-error it is this registry that it is for
    registry.getOrCreate(Counter, { name: 'c', help: 'c', registers: [] });
  });

  it('takes over the collect callback of a module that was loaded anew', async () => {
    const { registry } = testRegistry();
    for (const value of [1, 2]) {
      registry.getOrCreate(Gauge, {
        name: 'g',
        help: 'g',
        collect() {
          this.set(value);
        },
      });
    }
    expect(await registry.metrics()).toContain('g 2\n');
  });

  it('refuses another shape, saying what to change', () => {
    const { registry } = testRegistry();
    registry.getOrCreate(Counter, HITS);
    registry.getOrCreate(Histogram, { name: 'h', help: 'h', buckets: [1, 2] });
    registry.getOrCreate(Summary, { name: 's', help: 's' });
    expect(() => registry.getOrCreate(Counter, { name: 'hits_total', help: 'x' })).toThrow(
      /hits_total is there already as counter \{page\}, not counter \{\}; use another name or the same shape/,
    );
    expect(() => registry.getOrCreate(Gauge, HITS)).toThrow(/gauge \{page\}/);
    expect(() => registry.getOrCreate(Histogram, { name: 'h', help: 'h', buckets: [1, 3] })).toThrow(
      /le=1 le=2 le=\+Inf.*le=1 le=3/,
    );
    expect(() => registry.getOrCreate(Summary, { name: 's', help: 's', maxAgeSeconds: 10 })).toThrow(
      /5 × 2000 ms/,
    );
  });

  it('refuses a second metric whose lines would bear the same name', () => {
    const { registry } = testRegistry();
    new Counter({ ...HITS, registers: [registry] });
    expect(() => new Counter({ ...HITS, registers: [registry] })).toThrow(
      /hits_total is there already as counter hits_total;.*registry.getOrCreate\(\)/,
    );
    registry.getOrCreate(Histogram, { name: 'h', help: 'h' });
    expect(() => registry.getOrCreate(Counter, { name: 'h_count', help: 'x' })).toThrow(
      /h_count is there already as histogram h;/,
    );
    registry.getOrCreate(Gauge, { name: 'later_sum', help: 'x' });
    expect(() => registry.getOrCreate(Summary, { name: 'later', help: 'x' })).toThrow(
      /later_sum is there already as gauge later_sum;/,
    );
  });

  it('lists, removes and clears', async () => {
    const { registry } = testRegistry();
    const counter = registry.getOrCreate(Counter, HITS);
    registry.registerMetric(counter);
    const gauge = new Gauge({ name: 'g', help: 'g' });
    registry.registerMetric(gauge);
    expect(registry.getMetricsAsArray()).toEqual([counter, gauge]);
    gauge.set(3);
    expect(await registry.getSingleMetricAsString('g')).toBe('# HELP g g\n# TYPE g gauge\ng 3\n');
    expect(await registry.getSingleMetricAsString('none')).toBe('');
    registry.resetMetrics();
    expect(await registry.metrics()).toContain('g 0\n');
    registry.removeSingleMetric('g');
    expect(registry.getSingleMetric('g')).toBeUndefined();
    registry.clear();
    expect(await registry.metrics()).toBe('');
  });

  it('shares a metric with another registry', async () => {
    const a = testRegistry({ prefix: 'a_' }).registry;
    const b = testRegistry({ defaultLabels: { b: 1 } }).registry;
    new Counter({ name: 'c_total', help: 'c', registers: [a, b] }).inc(2);
    expect(await a.metrics()).toContain('a_c_total 2\n');
    expect(await b.metrics()).toContain('c_total{b="1"} 2\n');
  });

  it('refuses wrong options', () => {
    const make = (options: object) => () => new Registry(options as never);
    expect(make({ prefix: '9' })).toThrow(/Registry: prefix is "9"/);
    expect(make({ defaultLabels: { 'a-b': 1 } })).toThrow(/defaultLabels.a-b/);
    expect(make({ defaultLabels: { le: 1 } })).toThrow(/not le/);
    expect(make({ defaultLabels: { quantile: 1 } })).toThrow(/not quantile/);
    expect(make({ strict: 1 })).toThrow(/strict is 1/);
    expect(make({ maxSeries: 0.5 })).toThrow(/maxSeries/);
    expect(make({ clock: {} })).toThrow(/clock/);
    expect(make({ labels: {} })).toThrow(/unknown option "labels"/);
  });
});

describe('showing', () => {
  it('puts prefix and default labels to everything, and a metric’s own labels win', async () => {
    const { registry } = testRegistry({ prefix: 'shop_', defaultLabels: { region: 'eu', page: 'none' } });
    registry.getOrCreate(Counter, HITS).inc({ page: '/' });
    registry.getOrCreate(Gauge, { name: 'g', help: 'g' }).set(1);
    registry.getOrCreate(Histogram, { name: 'h', help: 'h', buckets: [] }).observe(1);
    expect((await registry.metrics()).split('\n').filter((line) => !line.startsWith('#'))).toEqual([
      'shop_hits_total{region="eu",page="/"} 1',
      'shop_g{region="eu",page="none"} 1',
      'shop_h_bucket{le="+Inf",region="eu",page="none"} 1',
      'shop_h_sum{region="eu",page="none"} 1',
      'shop_h_count{region="eu",page="none"} 1',
      '',
    ]);
    const [hits, , h] = await registry.getMetricsAsJSON();
    expect(hits).toMatchObject({
      name: 'shop_hits_total',
      values: [{ labels: { region: 'eu', page: '/' }, value: 1 }],
    });
    expect(h!.values[0]).toMatchObject({ metricName: 'shop_h_bucket', labels: { le: '+Inf', region: 'eu' } });
    registry.setDefaultLabels({});
    expect(await registry.metrics()).toContain('shop_g 1\n');
  });

  it('has the content type of the text format', () => {
    expect(testRegistry().registry.contentType).toBe('text/plain; version=0.0.4; charset=utf-8');
  });
});

describe('collect callbacks', () => {
  it('that throw, reject or hang do not break a scrape, and are told of', async () => {
    const { registry, clock, troubles } = testRegistry({ collectTimeout: 100 });
    let calls = 0;
    const make = (name: string, collect: () => void | Promise<void>) =>
      registry.getOrCreate(Gauge, { name, help: name, collect }).set(1);
    make('throws', () => {
      throw new Error('thrown');
    });
    make('rejects', () => Promise.reject(new Error('rejected')));
    make('hangs', () => {
      calls++;
      return new Promise(() => {});
    });
    registry.onCollect('hook', () => {
      throw new Error('hook');
    });
    for (let i = 0; i < 2; i++) {
      const scrape = registry.metrics();
      await clock.advance(100);
      for (const name of ['throws', 'rejects', 'hangs']) expect(await scrape).toContain(`${name} 1\n`);
    }
    expect(calls).toBe(1);
    expect(troubles.map(({ code, subject }) => `${code} ${subject}`).sort()).toEqual([
      'collect_failed hook',
      'collect_failed rejects',
      'collect_failed throws',
      'collect_timeout hangs',
    ]);
    expect(clock.pending).toBe(0);
  });

  it('of the registry run before each reading, until they are taken away', async () => {
    const { registry } = testRegistry();
    let calls = 0;
    const end = registry.onCollect('mine', () => {
      registry.getOrCreate(Gauge, { name: 'made', help: 'Made just now.' }).set(++calls);
    });
    expect(await registry.metrics()).toContain('made 1\n');
    expect((await registry.getMetricsAsJSON())[0]!.values[0]!.value).toBe(2);
    end();
    expect(await registry.metrics()).toContain('made 2\n');
  });
});
