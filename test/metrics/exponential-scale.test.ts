import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { indexOf, lowerBound, MAX_SCALE, MIN_SCALE } from '../../src/metrics/exponential-scale.js';

const SCALES = Array.from({ length: MAX_SCALE - MIN_SCALE + 1 }, (_, i) => MIN_SCALE + i);
const scale = fc.constantFrom(...SCALES);
const normal = fc.double({ min: 2 ** -1022, max: Number.MAX_VALUE, noNaN: true });
/** Spread evenly over the exponents, which `fc.double` is too, but denser where services live. */
const usual = fc.double({ min: -60, max: 60, noNaN: true }).map((exponent) => 2 ** exponent);
const value = fc.oneof(normal, usual);

describe('buckets of exponential histograms', () => {
  it.each(SCALES)('hold what lies between their bounds, at scale %i', (at) => {
    fc.assert(
      fc.property(value, (v) => {
        const index = indexOf(v, at);
        expect(lowerBound(index, at)).toBeLessThan(v);
        expect(lowerBound(index + 1, at)).toBeGreaterThanOrEqual(v);
      }),
      { numRuns: 300 },
    );
  });

  it.each(SCALES)('include their upper bound and exclude their lower one, at scale %i', (at) => {
    const least = indexOf(2 ** -1022, at) + 1;
    const greatest = indexOf(Number.MAX_VALUE, at);
    fc.assert(
      fc.property(fc.integer({ min: Math.min(least, greatest), max: greatest }), (index) => {
        const bound = lowerBound(index, at);
        if (bound < 2 ** -1022) return;
        expect(indexOf(bound, at)).toBe(index - 1);
        expect(indexOf(above(bound), at)).toBe(index);
      }),
      { numRuns: 300 },
    );
  });

  it('have whole powers of two as bounds at every scale', () => {
    for (const at of SCALES.filter((s) => s >= 0)) {
      for (let exponent = -1022; exponent <= 1023; exponent += 31) {
        expect(indexOf(2 ** exponent, at)).toBe(exponent * 2 ** at - 1);
        expect(indexOf(above(2 ** exponent), at)).toBe(exponent * 2 ** at);
      }
    }
  });

  it('become one, each two, when the scale goes down by one', () => {
    fc.assert(
      fc.property(value, scale, scale, (v, a, b) => {
        const [fine, coarse] = [Math.max(a, b), Math.min(a, b)];
        expect(indexOf(v, coarse)).toBe(Math.floor(indexOf(v, fine) / 2 ** (fine - coarse)));
      }),
      { numRuns: 2000 },
    );
  });

  it('grow with the value', () => {
    fc.assert(
      fc.property(value, value, scale, (a, b, at) => {
        expect(Math.sign(indexOf(a, at) - indexOf(b, at)) * Math.sign(a - b)).toBeGreaterThanOrEqual(0);
      }),
      { numRuns: 2000 },
    );
  });

  it('hold subnormal numbers and the greatest one', () => {
    for (const at of SCALES.filter((s) => s >= 0 && s <= 8)) {
      expect(indexOf(Number.MIN_VALUE, at)).toBe(-1074 * 2 ** at - 1);
      expect(indexOf(3 * Number.MIN_VALUE, at)).toBeGreaterThan(indexOf(2 * Number.MIN_VALUE, at));
      expect(indexOf(Number.MAX_VALUE, at)).toBe(1024 * 2 ** at - 1);
    }
    expect(indexOf(Number.MIN_VALUE, MIN_SCALE)).toBe(-2);
    expect(indexOf(Number.MAX_VALUE, MIN_SCALE)).toBe(0);
  });
});

/** The next double. */
function above(v: number): number {
  const bits = new BigUint64Array(new Float64Array([v]).buffer);
  bits[0]!++;
  return new Float64Array(bits.buffer)[0]!;
}
