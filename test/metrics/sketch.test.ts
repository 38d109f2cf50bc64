import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../src/common/random.js';
import { Sketch } from '../../src/metrics/sketch.js';

const QUANTILES = [0, 0.001, 0.01, 0.25, 0.5, 0.75, 0.9, 0.99, 0.999, 1];

function sketchOf(values: readonly number[]): Sketch {
  const sketch = new Sketch();
  for (const value of values) sketch.add(value);
  return sketch;
}

function expectWithinOnePercent(sketch: Sketch, values: readonly number[]): void {
  const sorted = [...values].sort((a, b) => a - b);
  for (const q of QUANTILES) {
    const exact = sorted[Math.floor(q * (sorted.length - 1))]!;
    expect(Math.abs(sketch.quantile(q) - exact)).toBeLessThanOrEqual(Math.abs(exact) * 0.01);
  }
}

/** A thousand numbers of each kind, the same in every run. */
function samples(): Record<string, number[]> {
  const random = seededRandom(7);
  const many = (make: (i: number) => number) => Array.from({ length: 5000 }, (_, i) => make(i));
  const normal = () => Math.sqrt(-2 * Math.log(1 - random.float())) * Math.cos(2 * Math.PI * random.float());
  return {
    uniform: many(() => random.float() * 1000),
    'log-normal': many(() => Math.exp(2 * normal())),
    bimodal: many((i) => (i % 2 === 0 ? 1 : 1000) + normal() / 10),
    constant: many(() => 0.123),
    sorted: many((i) => i),
    'sorted downwards': many((i) => 5000 - i),
    'heavy-tailed': many(() => (1 - random.float()) ** -1.5),
    'around zero': many((i) => (i % 10 === 0 ? 0 : normal())),
    negative: many(() => -Math.exp(normal())),
  };
}

describe('Sketch', () => {
  for (const [name, values] of Object.entries(samples())) {
    it(`is within 1 % on ${name} data`, () => expectWithinOnePercent(sketchOf(values), values));
  }

  it('is within 1 % on any numbers of up to 17 powers of ten', () => {
    const magnitude = fc.double({ min: 1e-8, max: 1e8, noNaN: true });
    const value = fc.oneof(
      magnitude,
      magnitude.map((m) => -m),
      fc.constant(0),
      fc.constant(-0),
    );
    fc.assert(
      fc.property(fc.array(value, { minLength: 1 }), (values) => {
        expectWithinOnePercent(sketchOf(values), values);
      }),
    );
  });

  it('merges into the sketch of all', () => {
    const value = fc
      .double({ min: -1e8, max: 1e8, noNaN: true })
      .filter((v) => v === 0 || Math.abs(v) > 1e-8);
    fc.assert(
      fc.property(fc.array(value), fc.array(value), fc.array(value), (a, b, c) => {
        const left = sketchOf(a);
        left.merge(sketchOf(b));
        left.merge(sketchOf(c));
        const right = sketchOf(b);
        right.merge(sketchOf(c));
        right.merge(sketchOf(a));
        const whole = sketchOf([...a, ...b, ...c]);
        for (const q of QUANTILES) {
          expect(left.quantile(q)).toBe(whole.quantile(q));
          expect(right.quantile(q)).toBe(whole.quantile(q));
        }
      }),
    );
  });

  it('comes back from its state as it was, in bounded space', () => {
    const value = fc.double({ noNaN: true, noDefaultInfinity: true });
    fc.assert(
      fc.property(fc.array(value, { maxLength: 200 }), (values) => {
        const sketch = sketchOf(values);
        const state = JSON.parse(JSON.stringify(sketch.state()));
        const back = Sketch.of({ ...state, min: state.min ?? Infinity, max: state.max ?? -Infinity });
        for (const q of QUANTILES) expect(back.quantile(q)).toBe(sketch.quantile(q));
        expect(back.state()).toEqual(sketch.state());
      }),
      {
        examples: [
          // A range just as wide as the sketch, where its first place is close to its floor.
          [[4.9640563931544946e-291, 2.225073858507202e-308, 6.680767868152206e-291]],
          // JSON knows no negative zero.
          [[-0, 0, 0]],
        ],
      },
    );
    const flood = new Sketch();
    for (let i = 0; i < 100_000; i++) flood.add(1.0001 ** i * 1e-300);
    expect(flood.state().positive.length).toBeLessThanOrEqual(2048);
  });

  it('holds the same whatever the order and however it was merged, over any range', () => {
    // Exponents are uniform, so that numbers lie around the edge of what one sketch tells apart.
    const value = fc
      .tuple(fc.double({ min: -308, max: 308, noNaN: true }), fc.constantFrom(1, 1, 1, -1, 0, -0))
      .map(([exponent, sign]) => sign * 10 ** exponent);
    const narrow = fc
      .tuple(value, fc.array(fc.double({ min: -19, max: 19, noNaN: true }), { maxLength: 50 }))
      .map(([first, exponents]) => [first, ...exponents.map((e) => first * 10 ** e)].filter(Number.isFinite));
    const values = fc.oneof(fc.array(value, { maxLength: 50 }), narrow);
    const cut = fc.nat(50);
    fc.assert(
      fc.property(values, cut, cut, fc.func(fc.integer()), (all, a, b, order) => {
        const whole = sketchOf(all).state();
        const shuffled = all.map((v, i) => ({ v, at: order(i) })).sort((x, y) => x.at - y.at);
        expect(sketchOf(shuffled.map(({ v }) => v)).state()).toEqual(whole);
        expect(sketchOf([...all].reverse()).state()).toEqual(whole);
        const [low, high] = [Math.min(a, b), Math.max(a, b)];
        const parts = [all.slice(0, low), all.slice(low, high), all.slice(high)].map(sketchOf);
        const left = new Sketch();
        for (const part of parts) left.merge(part);
        const right = new Sketch();
        for (const part of parts.reverse()) right.merge(Sketch.of(part.state()));
        expect(left.state()).toEqual(whole);
        expect(right.state()).toEqual(whole);
      }),
      { numRuns: 500 },
    );
  });

  it('tells 2048 buckets below the greatest number apart and no more, whatever came first', () => {
    const step = 1.01999798000202;
    const values = Array.from({ length: 2200 }, (_, i) => step ** (i - 1100.5));
    for (const ordered of [values, [...values].reverse()]) {
      const { positive } = sketchOf(ordered).state();
      expect(positive.length).toBe(2048);
      expect(positive[0]![1]).toBe(2200 - 2047);
      expect(positive.slice(1).every(([, count]) => count === 1)).toBe(true);
    }
  });

  it('never gives a number outside what it saw, whatever the range', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { minLength: 1 }),
        (values) => {
          const sketch = sketchOf(values);
          for (const q of QUANTILES) {
            expect(sketch.quantile(q)).toBeGreaterThanOrEqual(Math.min(...values));
            expect(sketch.quantile(q)).toBeLessThanOrEqual(Math.max(...values));
          }
          expect(sketch.count).toBe(values.length);
        },
      ),
    );
  });

  it('keeps the greater numbers exact when the range is too wide for its memory', () => {
    const values = Array.from({ length: 600 }, (_, i) => 10 ** (i - 300));
    const sketch = sketchOf(values);
    for (const q of [0.98, 0.99, 1]) {
      const exact = values[Math.floor(q * 599)]!;
      expect(Math.abs(sketch.quantile(q) / exact - 1)).toBeLessThanOrEqual(0.01);
    }
  });

  it('knows nothing when it is empty', () => {
    const sketch = sketchOf([1, 2, 3]);
    sketch.clear();
    expect(sketch.quantile(0.5)).toBeNaN();
    sketch.add(7);
    expect(sketch.quantile(0.5)).toBe(7);
  });
});
