import { describe, expect, it } from 'vitest';
import { Counter, Gauge, Histogram, type MetricView, metricViews } from '../../src/metrics/index.js';
import { testRegistry } from './setup.js';

const LABELS = ['method', 'status', 'user'] as const;

function setup(views: readonly MetricView[]) {
  const made = testRegistry({ views: metricViews(views) });
  const counter = new Counter({
    name: 'hits_total',
    help: 'h',
    labelNames: LABELS,
    registers: [made.registry],
  });
  const text = async () => (await made.registry.metrics()).split('\n').filter((line) => !/^(#|$)/.test(line));
  return { ...made, counter, text };
}

describe('views', () => {
  it('drop labels: their series become one', async () => {
    const { counter, text } = setup([{ dropLabels: ['user'] }]);
    for (let i = 0; i < 10; i++) counter.inc({ method: 'GET', status: 200, user: i });
    counter.labels('GET', 200, 'x').inc();
    expect(await text()).toEqual(['hits_total{method="GET",status="200"} 11']);
    expect(counter.labels({ method: 'GET', status: 200, user: 'y' })).toBe(counter.labels('GET', 200, 'z'));
    counter.remove({ method: 'GET', status: 200, user: 'whoever' });
    expect(await text()).toEqual([]);
  });

  it('keep labels and replace values, one view after the other', async () => {
    const { counter, text } = setup([
      { metric: 'hits_*', keepLabels: ['status', 'method'] },
      { metric: /^hits/g, replace: { status: (status) => `${status[0]}xx` } },
      {
        metric: (name) => name === 'hits_total',
        replace: { status: (text) => text.toUpperCase(), method: () => '' },
      },
      { metric: 'hits', dropLabels: ['status'] },
    ]);
    counter.inc({ method: 'GET', status: 200, user: 'a' });
    counter.inc({ method: 'PUT', status: 204, user: 'b' });
    expect(await text()).toEqual(['hits_total{status="2XX"} 2']);
  });

  it('rename', async () => {
    const { counter, registry, text } = setup([
      { metric: 'hits_total', rename: 'http_hits_total' },
      { rename: (name) => `shop_${name}` },
    ]);
    counter.inc({ method: 'GET' });
    expect(await text()).toEqual(['shop_http_hits_total{method="GET"} 1']);
    const same = registry.getOrCreate(Counter, { name: 'hits_total', help: 'h', labelNames: LABELS });
    expect(same).toBe(counter);
  });

  it('set buckets and limits', async () => {
    const { counter, registry, text, troubles } = setup([
      { metric: 'hits_total', maxSeries: 2 },
      { buckets: [1, 2] },
    ]);
    for (let user = 0; user < 5; user++) counter.inc({ user });
    expect(await text()).toHaveLength(3);
    expect(troubles).toHaveLength(1);
    expect(registry.getOrCreate(Histogram, { name: 'h', help: 'h' }).buckets).toEqual([1, 2]);
    expect(registry.getOrCreate(Gauge, { name: 'g', help: 'g' }).labels({}).value).toBe(0);
  });

  it('keep no state of what is denied, whatever it is called with', async () => {
    const { counter, registry, text, troubles } = setup([{ metric: 'hits_*', deny: true }]);
    const histogram = registry.getOrCreate(Histogram, { name: 'hits_seconds', help: 'h', labelNames: ['a'] });
    for (let i = 0; i < 5000; i++) {
      counter.inc({ method: 'GET', status: i, user: `u${i}` });
      counter.labels('GET', i).inc();
      histogram.observe({ a: i }, i);
    }
    expect(await text()).toEqual([]);
    expect(registry.getMetricsAsArray()).toEqual([]);
    expect(counter.series().length + histogram.series().length).toBeLessThanOrEqual(2);
    expect(counter.labels({ user: 1 })).toBe(counter.labels({ user: 2 }));
    expect(troubles).toEqual([]);
  });

  it('take hostile values and functions that throw', async () => {
    const { counter, text, troubles } = setup([
      {
        replace: {
          user: (user) => {
            if (user === 'bad') throw new Error('no');
            return (user === 'object' ? { a: 1 } : `${user}\n"\\`) as string;
          },
        },
      },
    ]);
    counter.inc({ user: 'bad' });
    counter.inc({ user: 'object' });
    counter.inc({ user: 'x' });
    counter.inc({ user: '' });
    counter.inc({ user: Symbol('s') as never });
    expect(await text()).toEqual([
      'hits_total{user="bad"} 1',
      'hits_total{user="[object Object]"} 1',
      'hits_total{user="x\\n\\"\\\\"} 1',
      'hits_total 1',
      'hits_total{user="Symbol(s)\\n\\"\\\\"} 1',
    ]);
    expect(troubles.map(({ code }) => code)).toEqual(['view_failed']);
  });

  it('leave wrong options of a metric to the metric', () => {
    const { registry } = setup([{ rename: (name) => name.toLowerCase() }]);
    const make = (options: unknown) => () => new Counter(options as never);
    expect(make({ name: 5, help: 'x', registers: [registry] })).toThrow(/Counter: name is 5/);
    expect(make(null)).toThrow(/Counter: options is null/);
    expect(make({ name: 'x', help: 'x', registers: [{}] })).toThrow(/registers\[0\]/);
    expect(make({ name: 'x', help: 'x', registers: [null] })).toThrow(/registers\[0\]/);
  });

  it('are checked themselves', () => {
    const views = (view: unknown) => () => metricViews([{}, view as MetricView]);
    expect(() => metricViews({} as never)).toThrow(/metricViews: views is \{\}; accepted: an array/);
    expect(views({ drop: ['a'] })).toThrow(/metricViews \[1\]: unknown option "drop"/);
    expect(views({ metric: 5 })).toThrow(/metric is 5; accepted: a name/);
    expect(views({ dropLabels: 'a' })).toThrow(/dropLabels is "a"/);
    expect(views({ keepLabels: [''] })).toThrow(/keepLabels\[0\] is ""/);
    expect(views({ replace: { a: 'b' } })).toThrow(/replace.a is "b"; accepted: a function/);
    expect(views({ rename: 5 })).toThrow(/rename is 5/);
    expect(() => testRegistry({ views: [] as never })).toThrow(
      /Registry: views is \[\]; accepted: a function/,
    );
  });
});
