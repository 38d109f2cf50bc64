import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { indexOf, lowerBound } from '../../src/metrics/exponential-scale.js';
import {
  downscale,
  type ExponentialHistogramData,
  exponentialSince,
  mergeExponential,
  NativeHistogram,
  type NativeHistogramOptions,
} from '../../src/metrics/index.js';

type Options = Partial<NativeHistogramOptions>;

/** The histogram of these values. */
function of(values: readonly number[], options: Options = {}): ExponentialHistogramData {
  const histogram = new NativeHistogram({ name: 'h', help: 'h', ...options });
  for (const value of values) histogram.observe(value);
  return histogram.labels({}).data();
}

/** With a sum that does not depend on the order of addition. */
function rounded(data: ExponentialHistogramData): ExponentialHistogramData {
  return { ...data, sum: Math.round(data.sum) };
}

const whole = fc.integer({ min: -1000, max: 1000 });
const values = fc.array(
  fc.oneof(
    whole,
    whole.map((v) => v * 2 ** 20),
    whole.map((v) => v * 2 ** -20),
  ),
  { maxLength: 60 },
);
const maxBuckets = fc.constantFrom(4, 5, 20, 160);

describe('what a native histogram collects', () => {
  it('is each value in the bucket of its own, at the scale that it has come to', () => {
    fc.assert(
      fc.property(values, maxBuckets, (observed, limit) => {
        const data = of(observed, { maxBuckets: limit });
        const { scale, positive, negative } = data;
        expect(positive.counts.length).toBeLessThanOrEqual(limit);
        expect(negative.counts.length).toBeLessThanOrEqual(limit);
        for (const [side, sign] of [
          [positive, 1],
          [negative, -1],
        ] as const) {
          const expected = new Map<number, number>();
          for (const v of observed.filter((v) => v * sign > 0)) {
            const index = indexOf(v * sign, scale);
            expected.set(index, (expected.get(index) ?? 0) + 1);
          }
          const entries = side.counts.map((count, i) => [side.offset + i, count] as const);
          expect(new Map(entries.filter(([, count]) => count > 0))).toEqual(expected);
        }
        const zeros = observed.filter((v) => v === 0).length;
        expect(data).toMatchObject({ count: observed.length, zeroCount: zeros });
        expect([data.min, data.max]).toEqual([Math.min(...observed), Math.max(...observed)]);
      }),
    );
  });

  it('is at the finest scale that its limit allows', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 1e6 }), { minLength: 1 }),
        maxBuckets,
        (observed, limit) => {
          const { scale } = of(observed, { maxBuckets: limit });
          if (scale === 8) return;
          const finer = observed.map((v) => indexOf(v, scale + 1));
          expect(Math.max(...finer) - Math.min(...finer) + 1).toBeGreaterThan(limit);
        },
      ),
    );
  });

  it('merges in any order and grouping to the same', () => {
    fc.assert(
      fc.property(values, values, values, maxBuckets, (a, b, c, limit) => {
        const [x, y, z] = [a, b, c].map((some) => of(some, { maxBuckets: limit })) as [
          ExponentialHistogramData,
          ExponentialHistogramData,
          ExponentialHistogramData,
        ];
        const merge = (left: ExponentialHistogramData, right: ExponentialHistogramData) =>
          mergeExponential(left, right, limit);
        const left = rounded(merge(merge(x, y), z));
        expect(rounded(merge(x, merge(y, z)))).toEqual(left);
        expect(rounded(merge(z, merge(y, x)))).toEqual(left);
        expect(left).toEqual(rounded(of([...a, ...b, ...c], { maxBuckets: limit })));
      }),
    );
  });

  it('loses nothing but resolution at a coarser scale', () => {
    fc.assert(
      fc.property(values, fc.integer({ min: -10, max: 8 }), (observed, scale) => {
        const fine = of(observed);
        const coarse = downscale(fine, scale);
        const direct = of(observed, { maxScale: Math.min(scale, fine.scale) });
        expect(rounded(coarse)).toEqual(rounded(direct));
        const total = (data: ExponentialHistogramData) =>
          [...data.positive.counts, ...data.negative.counts, data.zeroCount].reduce((sum, n) => sum + n);
        expect(total(coarse)).toBe(fine.count);
      }),
    );
  });

  it('gives what came between two readings', () => {
    fc.assert(
      fc.property(values, values, (first, second) => {
        const histogram = new NativeHistogram({ name: 'h', help: 'h' });
        for (const v of first) histogram.observe(v);
        const before = histogram.labels({}).data();
        for (const v of second) histogram.observe(v);
        const now = histogram.labels({}).data();
        const since = exponentialSince(now, before);
        const { positive, negative, zeroCount, count } = downscale(of(second), now.scale);
        expect(since).toMatchObject({ positive, negative, zeroCount, count, scale: now.scale });
      }),
    );
  });

  it('gives the whole of a reading that cannot follow from the one before', () => {
    const before = of([1, 2, 3, -4, 0]);
    for (const anew of [of([]), of([1]), of([1, 2, 3, -4, 0].fill(2)), of([5, 6, 7, 8, 9, 10])]) {
      expect(exponentialSince(anew, before)).toEqual(anew);
    }
  });

  it('takes the wider of two zero buckets, and widens it by whole buckets', () => {
    const a = of([0.1, 0.9, 3, -0.4], { zeroThreshold: 0 });
    const b = of([0.2, 5], { zeroThreshold: 0.5, maxScale: 0 });
    const merged = mergeExponential(a, b);
    expect(merged).toMatchObject({ scale: 0, count: 6, zeroThreshold: 0.5, zeroCount: 3 });
    expect(merged.positive).toEqual({ offset: -1, counts: [1, 0, 1, 1] });
    expect(merged.negative.counts).toEqual([]);
    const odd = of([0.2], { zeroThreshold: 0.6, maxScale: 0 });
    expect(mergeExponential(a, odd)).toMatchObject({ zeroThreshold: 1, zeroCount: 4 });
  });

  it('has bounds that cover what OpenTelemetry and Prometheus call the same bucket', () => {
    const { positive, scale } = of([1.5], { maxScale: 3 });
    const [lower, upper] = [positive.offset, positive.offset + 1].map((i) => lowerBound(i, scale));
    // Prometheus, schema 3: index 5 holds (2^(4/8), 2^(5/8)].
    expect(positive.offset + 1).toBe(5);
    expect([lower, upper]).toEqual([2 ** (4 / 8), 2 ** (5 / 8)]);
  });
});
