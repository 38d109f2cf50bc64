import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { median, quantile, summarize } from '../../bench/lib/statistics.js';

const someNumbers = fc.array(fc.double({ noNaN: true, min: -1e9, max: 1e9 }), { minLength: 1 });

describe('median', () => {
  it('is the value in the middle', () => {
    expect(median([9, 1, 5])).toBe(5);
  });

  it('lies halfway between the two in the middle', () => {
    expect(median([4, 1, 3, 2])).toBe(2.5);
  });

  it('of nothing is NaN', () => {
    expect(median([])).toBeNaN();
  });

  it('has half of the values on either side', () => {
    fc.assert(
      fc.property(someNumbers, (values) => {
        const middle = median(values);
        expect(values.filter((value) => value < middle).length).toBeLessThanOrEqual(values.length / 2);
        expect(values.filter((value) => value > middle).length).toBeLessThanOrEqual(values.length / 2);
      }),
    );
  });
});

describe('quantile', () => {
  it('interpolates between neighbours', () => {
    const values = [10, 20, 30, 40];
    expect(quantile(values, 0.25)).toBe(17.5);
    expect(quantile(values, 0.75)).toBe(32.5);
  });

  it('is the least value at 0 and the greatest at 1', () => {
    expect(quantile([3, 1, 2], 0)).toBe(1);
    expect(quantile([3, 1, 2], 1)).toBe(3);
  });

  it('leaves its input alone', () => {
    const values = Object.freeze([3, 1, 2]);
    expect(quantile(values, 0.5)).toBe(2);
    expect(values).toEqual([3, 1, 2]);
  });
});

describe('summarize', () => {
  it('orders its figures', () => {
    fc.assert(
      fc.property(someNumbers, (values) => {
        const { low, median, high } = summarize(values);
        expect(low).toBeLessThanOrEqual(median);
        expect(median).toBeLessThanOrEqual(high);
      }),
    );
  });
});
