import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exponentialBound, indexAtSchema } from '../../../src/query/histogram/bounds.js';
import { bucketsFrom } from '../../../src/query/histogram/buckets.js';
import { FloatHistogram } from '../../../src/query/histogram/histogram.js';

const counts = fc.array(fc.nat(20), { maxLength: 6 });
const histogram = fc
  .record({
    schema: fc.integer({ min: -2, max: 4 }),
    zeroCount: fc.nat(5),
    zeroThreshold: fc.constantFrom(0, 0.001, 0.5),
    offset: fc.integer({ min: 1, max: 20 }),
    positive: counts,
    negative: counts,
    sum: fc.integer(),
  })
  .map(({ positive, negative, offset, ...fields }) => {
    const total = [...positive, ...negative, fields.zeroCount].reduce((a, b) => a + b, 0);
    return new FloatHistogram({
      ...fields,
      count: total,
      positive: bucketsFrom(offset, positive),
      negative: bucketsFrom(offset, negative),
    });
  });
const held = (h: FloatHistogram): number => h.buckets().reduce((sum, { count }) => sum + count, 0);

describe('FloatHistogram', () => {
  it('loses no observation when added, lowered in resolution or made compact', () => {
    fc.assert(
      fc.property(histogram, histogram, (a, b) => {
        const sum = a.add(b);
        expect(sum.count).toBe(a.count + b.count);
        expect(held(sum)).toBe(held(a) + held(b));
        expect(sum.schema).toBe(Math.min(a.schema, b.schema));
        expect(held(a.toSchema(-3))).toBe(held(a));
        expect(held(a.compact())).toBe(held(a));
        expect(sum.compact().equals(b.add(a).compact())).toBe(true);
      }),
    );
  });

  it('is back where it was when what was added is taken away', () => {
    fc.assert(
      fc.property(histogram, (a) => {
        const back = a.add(a).subtract(a).compact();
        expect(back.equals(a.compact())).toBe(true);
        expect(a.multiply(2).compact().equals(a.add(a).compact())).toBe(true);
      }),
    );
  });

  it('sees no reset where observations were added, and one where any are missing', () => {
    fc.assert(
      fc.property(histogram, histogram, (a, b) => {
        expect(a.add(b).isResetAfter(a)).toBe(false);
        fc.pre(b.count > 0);
        const same = a.add(b.with({ schema: a.schema, zeroThreshold: a.zeroThreshold }));
        expect(a.isResetAfter(same)).toBe(true);
      }),
    );
  });

  it('leaves its operands alone', () => {
    fc.assert(
      fc.property(histogram, histogram, (a, b) => {
        const before = JSON.stringify([a, b]);
        a.add(b);
        a.subtract(b);
        a.multiply(-1).divide(0);
        a.toSchema(-4);
        a.isResetAfter(b);
        expect(JSON.stringify([a, b])).toBe(before);
      }),
    );
  });

  it('puts values that are in one bucket into one at any lower resolution', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -300, max: 300 }),
        fc.integer({ min: -4, max: 8 }),
        fc.integer({ min: 0, max: 4 }),
        (index, schema, down) => {
          const to = Math.max(-4, schema - down);
          const target = indexAtSchema(index, schema, to);
          expect(exponentialBound(target, to)).toBeGreaterThanOrEqual(
            exponentialBound(index, schema) * (1 - 1e-12),
          );
          expect(exponentialBound(target - 1, to)).toBeLessThanOrEqual(
            exponentialBound(index - 1, schema) * (1 + 1e-12),
          );
        },
      ),
    );
    expect(exponentialBound(0, 3)).toBe(1);
    expect(exponentialBound(1, -1)).toBe(4);
    expect(exponentialBound(1024, 0)).toBe(Number.MAX_VALUE);
  });

  it('is written as Prometheus writes it', () => {
    const h = new FloatHistogram({
      count: 20,
      sum: 10,
      zeroCount: 2,
      zeroThreshold: 0.001,
      positive: bucketsFrom(0, [1, 2]),
      negative: bucketsFrom(0, [1, 2]),
    });
    expect(`${h}`).toBe('{count:20, sum:10, [-2,-1):2, [-1,-0.5):1, [-0.001,0.001]:2, (0.5,1]:1, (1,2]:2}');
  });
});
