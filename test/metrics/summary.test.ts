import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Summary } from '../../src/metrics/index.js';
import { testRegistry } from './setup.js';

describe('Summary', () => {
  it('tells quantiles, sum and count', async () => {
    const { registry } = testRegistry();
    const summary = registry.getOrCreate(Summary, {
      name: 's',
      help: 's',
      labelNames: ['a'],
      percentiles: [0, 0.5, 1],
    });
    for (let i = 1; i <= 3; i++) summary.observe({ a: 'x' }, i);
    const lines = (await registry.metrics()).split('\n');
    expect(lines[2]).toBe('s{quantile="0",a="x"} 1');
    expect(lines[3]).toMatch(/^s\{quantile="0.5",a="x"\} (1\.9[89]|2\.0[012])/);
    expect(lines.slice(4)).toEqual(['s{quantile="1",a="x"} 3', 's_sum{a="x"} 6', 's_count{a="x"} 3', '']);
  });

  it('has prom-client’s quantiles by default, and no value before the first observation', async () => {
    const { registry } = testRegistry();
    const summary = registry.getOrCreate(Summary, { name: 's', help: 's' });
    const { values } = await summary.get();
    expect(values.map(({ labels }) => labels.quantile)).toEqual([
      '0.01',
      '0.05',
      '0.5',
      '0.9',
      '0.95',
      '0.99',
      '0.999',
      undefined,
      undefined,
    ]);
    expect(values[0]!.value).toBeNaN();
  });

  it('forgets step by step what is older than its window; sum and count do not', () => {
    const { registry, clock } = testRegistry();
    const summary = registry.getOrCreate(Summary, {
      name: 's',
      help: 's',
      percentiles: [0, 1],
      maxAgeSeconds: 10,
      ageBuckets: 5,
    });
    const series = summary.labels();
    // One number for each window of two seconds: 1, 2, 3, …
    for (let step = 1; step <= 5; step++) {
      series.observe(step);
      expect(series.numbers().slice(0, 2)).toEqual([1, step]);
      clock.advanceSync(2000);
    }
    expect(series.numbers().slice(0, 2)).toEqual([2, 5]);
    series.observe(6);
    clock.advanceSync(1999);
    expect(series.numbers().slice(0, 2)).toEqual([2, 6]);
    clock.advanceSync(1);
    expect(series.numbers().slice(0, 2)).toEqual([3, 6]);
    clock.advanceSync(6000);
    expect(series.numbers().slice(0, 2)).toEqual([6, 6]);
    clock.advanceSync(2000);
    expect(series.numbers().slice(0, 2)).toEqual([Number.NaN, Number.NaN]);
    expect([series.count, series.sum]).toEqual([6, 21]);
  });

  it('forgets everything after a long silence, whichever call breaks it, and when the wall clock steps', () => {
    const { registry, clock } = testRegistry();
    const summary = registry.getOrCreate(Summary, {
      name: 's',
      help: 's',
      percentiles: [0, 1],
      maxAgeSeconds: 10,
    });
    const series = summary.labels();
    series.observe(1);
    clock.set(0);
    expect(series.numbers().slice(0, 2)).toEqual([1, 1]);
    clock.advanceSync(1e9);
    series.observe(2);
    expect(series.numbers().slice(0, 2)).toEqual([2, 2]);
    clock.advanceSync(9000);
    expect(series.numbers().slice(0, 2)).toEqual([2, 2]);
    clock.advanceSync(1e9);
    expect(series.numbers().slice(0, 2)).toEqual([Number.NaN, Number.NaN]);
  });

  it('is within 1 % of the exact quantiles of its window, however time and values come', () => {
    const step = fc.record({
      wait: fc.integer({ min: 0, max: 5000 }),
      values: fc.oneof(
        fc.array(fc.double({ min: 1e-6, max: 1e6, noNaN: true }), { maxLength: 20 }),
        fc.array(fc.constantFrom(3, -4, 0), { maxLength: 20 }),
        fc.integer({ min: 1, max: 50 }).map((count) => Array.from({ length: count }, (_, i) => 1.3 ** i)),
        fc
          .integer({ min: 1, max: 50 })
          .map((count) => Array.from({ length: count }, (_, i) => 10 ** (6 - i / 8))),
      ),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 15 }), (steps) => {
        const { registry, clock } = testRegistry();
        const percentiles = [0, 0.25, 0.5, 0.9, 0.99, 1];
        const options = { name: 's', help: 's', percentiles, maxAgeSeconds: 10, ageBuckets: 5 };
        const series = registry.getOrCreate(Summary, options).labels({});
        const start = clock.monotonic();
        const windowOf = () => Math.floor((clock.monotonic() - start) / 2000);
        const seen: { window: number; value: number }[] = [];
        for (const { wait, values } of steps) {
          clock.advanceSync(wait);
          for (const value of values) {
            series.observe(value);
            seen.push({ window: windowOf(), value });
          }
          const exact = seen
            .filter(({ window }) => window > windowOf() - 5)
            .map(({ value }) => value)
            .sort((a, b) => a - b);
          for (const [i, q] of percentiles.entries()) {
            const told = series.numbers()[i]!;
            const wanted = exact[Math.floor(q * (exact.length - 1))] ?? Number.NaN;
            if (Number.isNaN(wanted)) expect(told).toBeNaN();
            else expect(Math.abs(told - wanted)).toBeLessThanOrEqual(Math.abs(wanted) * 0.01);
          }
        }
        expect(series.count).toBe(seen.length);
      }),
    );
  });

  it('leaves out what is not a finite number, and begins again after reset', async () => {
    const { registry, troubles } = testRegistry();
    const summary = registry.getOrCreate(Summary, { name: 's', help: 's', percentiles: [0.5] });
    for (const bad of [Number.NaN, Infinity, '1', undefined, null, 1n]) summary.observe(bad as never);
    expect(troubles).toHaveLength(1);
    summary.observe(1);
    summary.reset();
    expect((await summary.get()).values.map(({ value }) => value)).toEqual([Number.NaN, 0, 0]);
  });

  it('refuses wrong options', () => {
    const make = (options: object) => () => new Summary({ name: 's', help: 's', ...options } as never);
    expect(make({ labelNames: ['quantile'] })).toThrow(/not quantile/);
    expect(make({ percentiles: [0.5, 1.5] })).toThrow(/Summary s: percentiles\[1\] is 1.5/);
    expect(make({ percentiles: [0.5, 0.1] })).toThrow(/percentiles\[1\]/);
    expect(make({ maxAgeSeconds: -1 })).toThrow(/maxAgeSeconds is -1/);
    expect(make({ ageBuckets: 0, maxAgeSeconds: 1 })).toThrow(/ageBuckets is 0/);
  });
});
