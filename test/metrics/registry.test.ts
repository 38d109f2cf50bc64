import { describe, expect, it } from 'vitest';
import { Counter, Gauge, Registry } from '../../src/metrics/index.js';
import { testRegistry } from './setup.js';

const HITS = { name: 'hits_total', help: 'Hits.', labelNames: ['page'] as const };

describe('registering', () => {
  it('gives the same metric for the same name and shape', () => {
    const { registry } = testRegistry();
    const first = registry.counter(HITS);
    expect(registry.counter({ ...HITS, help: 'Hits, in other words.' })).toBe(first);
    expect(registry.getSingleMetric('hits_total')).toBe(first);
    const buckets = { name: 'h', help: 'h', buckets: [1, 2] };
    expect(registry.histogram(buckets)).toBe(registry.histogram(buckets));
    const windows = { name: 's', help: 's', maxAgeSeconds: 5 };
    expect(registry.summary(windows)).toBe(registry.summary(windows));
    expect(registry.gauge({ name: 'g', help: 'g' })).toBe(registry.gauge({ name: 'g', help: 'g' }));
  });

  it('takes over the collect callback of a module that was loaded anew', async () => {
    const { registry } = testRegistry();
    for (const value of [1, 2]) {
      registry.gauge({
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
    registry.counter(HITS);
    registry.histogram({ name: 'h', help: 'h', buckets: [1, 2] });
    registry.summary({ name: 's', help: 's' });
    expect(() => registry.counter({ name: 'hits_total', help: 'x' })).toThrow(
      /hits_total is there already as counter \{page\}, and asked for is counter \{\}; use the same shape, or another name/,
    );
    expect(() => registry.gauge(HITS)).toThrow(/gauge \{page\}/);
    expect(() => registry.histogram({ name: 'h', help: 'h', buckets: [1, 3] })).toThrow(
      /le=1 le=2 le=\+Inf.*le=1 le=3/,
    );
    expect(() => registry.summary({ name: 's', help: 's', maxAgeSeconds: 10 })).toThrow(/5 × 2000 ms/);
  });

  it('refuses a second metric whose lines would bear the same name', () => {
    const { registry } = testRegistry();
    new Counter({ ...HITS, registers: [registry] });
    expect(() => new Counter({ ...HITS, registers: [registry] })).toThrow(
      /hits_total already.*registry.counter\(\)/,
    );
    registry.histogram({ name: 'h', help: 'h' });
    expect(() => registry.counter({ name: 'h_count', help: 'x' })).toThrow(/lines named h_count already/);
    registry.gauge({ name: 'later_sum', help: 'x' });
    expect(() => registry.summary({ name: 'later', help: 'x' })).toThrow(/lines named later_sum already/);
  });

  it('lists, removes and clears', async () => {
    const { registry } = testRegistry();
    const counter = registry.counter(HITS);
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
    expect(make({ defaultLabels: { le: 1 } })).toThrow(/is not "le"/);
    expect(make({ defaultLabels: { quantile: 1 } })).toThrow(/is not "quantile"/);
    expect(make({ strict: 1 })).toThrow(/strict is 1/);
    expect(make({ maxSeries: 0.5 })).toThrow(/maxSeries/);
    expect(make({ clock: {} })).toThrow(/clock/);
    expect(make({ labels: {} })).toThrow(/unknown option "labels"/);
  });
});

describe('showing', () => {
  it('puts prefix and default labels to everything, and a metric’s own labels win', async () => {
    const { registry } = testRegistry({ prefix: 'shop_', defaultLabels: { region: 'eu', page: 'none' } });
    registry.counter(HITS).inc({ page: '/' });
    registry.gauge({ name: 'g', help: 'g' }).set(1);
    registry.histogram({ name: 'h', help: 'h', buckets: [] }).observe(1);
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
      registry.gauge({ name, help: name, collect }).set(1);
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
      registry.gauge({ name: 'made', help: 'Made just now.' }).set(++calls);
    });
    expect(await registry.metrics()).toContain('made 1\n');
    expect((await registry.getMetricsAsJSON())[0]!.values[0]!.value).toBe(2);
    end();
    expect(await registry.metrics()).toContain('made 2\n');
  });
});
