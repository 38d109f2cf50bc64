import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exponentialBuckets, Histogram, linearBuckets } from '../../src/metrics/index.js';
import { testRegistry } from './setup.js';

describe('Histogram', () => {
  it('counts into cumulative buckets with inclusive bounds', async () => {
    const { registry } = testRegistry();
    const histogram = registry.getOrCreate(Histogram, {
      name: 'h',
      help: 'h',
      labelNames: ['a'],
      buckets: [1, 2.5, 5],
    });
    for (const value of [0.5, 1, 1.1, 2.5, 6, -3]) histogram.observe({ a: 'x' }, value);
    histogram.labels('x').observe(5);
    expect(await registry.metrics()).toBe(
      [
        '# HELP h h',
        '# TYPE h histogram',
        'h_bucket{le="1",a="x"} 3',
        'h_bucket{le="2.5",a="x"} 5',
        'h_bucket{le="5",a="x"} 6',
        'h_bucket{le="+Inf",a="x"} 7',
        'h_sum{a="x"} 13.1',
        'h_count{a="x"} 7',
        '',
      ].join('\n'),
    );
    expect((await histogram.get()).values[0]).toEqual({
      metricName: 'h_bucket',
      labels: { le: '1', a: 'x' },
      value: 3,
    });
  });

  it('puts every number where a search through all bounds puts it, few buckets or many', () => {
    const finite = fc.double({ noNaN: true, noDefaultInfinity: true });
    fc.assert(
      fc.property(fc.uniqueArray(finite, { maxLength: 60 }), fc.array(finite), (given, values) => {
        const buckets = given.map((bound) => bound + 0).sort((a, b) => a - b);
        const unique = buckets.filter((bound, i) => i === 0 || bound > buckets[i - 1]!);
        const histogram = new Histogram({ name: 'h', help: 'h', buckets: unique });
        for (const value of [...values, ...unique]) histogram.observe(value);
        const [series] = histogram.series();
        const expected = [...unique, Infinity].map(
          (bound) => [...values, ...unique].filter((value) => value <= bound).length,
        );
        expect(series!.numbers().slice(0, -2)).toEqual(expected);
        expect(series!.count).toBe(values.length + unique.length);
      }),
    );
  });

  it('leaves out what is not a finite number', async () => {
    const { registry, troubles } = testRegistry();
    const histogram = registry.getOrCreate(Histogram, { name: 'h', help: 'h' });
    for (const bad of [Number.NaN, Infinity, '1', undefined, null, 1n, {}]) histogram.observe(bad as never);
    expect(await registry.metrics()).toContain('h_count 0\n');
    expect(troubles).toHaveLength(1);
  });

  it('measures time', async () => {
    const { registry, clock } = testRegistry();
    const histogram = registry.getOrCreate(Histogram, { name: 'h', help: 'h', labelNames: ['a', 'b'] });
    const end = histogram.startTimer({ a: 1 });
    const endHandle = histogram.labels('x').startTimer();
    clock.advanceSync(250);
    expect(end({ b: 2 })).toBe(0.25);
    expect(endHandle()).toBe(0.25);
    const text = await registry.metrics();
    expect(text).toContain('h_sum{a="1",b="2"} 0.25\n');
    expect(text).toContain('h_sum{a="x"} 0.25\n');
  });

  it('goes on after reset, by metric and by handle', async () => {
    const { registry } = testRegistry();
    const histogram = registry.getOrCreate(Histogram, {
      name: 'h',
      help: 'h',
      labelNames: ['a'],
      buckets: [1],
    });
    const handle = histogram.labels('x');
    handle.observe(1);
    histogram.reset();
    expect((await histogram.get()).values).toEqual([]);
    handle.observe(3);
    histogram.observe({ a: 'x' }, 4);
    expect((await histogram.get()).values.map(({ value }) => value)).toEqual([0, 2, 7, 2]);
  });

  it('refuses wrong buckets and the label le', () => {
    const make = (options: object) => () => new Histogram({ name: 'h', help: 'h', ...options } as never);
    expect(make({ buckets: [2, 1] })).toThrow(/Histogram h: buckets\[1\] is 1/);
    expect(make({ buckets: [1, 1] })).toThrow(/buckets\[1\]/);
    expect(make({ buckets: [Number.NaN] })).toThrow(/buckets\[0\] is NaN/);
    expect(make({ buckets: ['1'] })).toThrow(/buckets\[0\] is "1"/);
    expect(make({ buckets: [-Infinity, 1] })).toThrow(/buckets\[0\]/);
    expect(make({ buckets: 3 })).toThrow(/buckets is 3/);
    expect(make({ labelNames: ['le'] })).toThrow(/not le/);
    expect(new Histogram({ name: 'h', help: 'h', buckets: [1, Infinity] }).buckets).toEqual([1]);
    expect(new Histogram({ name: 'h', help: 'h', buckets: [] }).buckets).toEqual([]);
  });

  it('comes with helpers for bounds', () => {
    expect(linearBuckets(0, 5, 3)).toEqual([0, 5, 10]);
    expect(exponentialBuckets(1, 2, 4)).toEqual([1, 2, 4, 8]);
    expect(() => linearBuckets(0, 0, 3)).toThrow(/width/);
    expect(() => exponentialBuckets(1, 1, 3)).toThrow(/factor/);
    expect(() => exponentialBuckets(1, 2, 0)).toThrow(/count/);
  });
});
