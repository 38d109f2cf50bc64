import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LabelCache } from '../../src/metrics/label-cache.js';

const key = fc.constantFrom('a', 'b', 'c', 'method', 'status', '__proto__', '1');
const value = fc.oneof(
  fc.string({ maxLength: 3 }),
  fc.integer({ min: -3, max: 40 }),
  fc.double(),
  fc.boolean(),
  fc.constantFrom<unknown>(undefined, null, '200', 200, 'x'.repeat(5000), '', Symbol('s'), 1n, Number.NaN),
  // Of one length, and alike but for one character.
  fc.integer({ min: 0, max: 40 }).map((i) => `user-${String(i).padStart(6, '0')}`),
);

function labelsOf(pairs: readonly (readonly [string, unknown])[]): Record<string, unknown> {
  const labels = Object.create(null) as Record<string, unknown>;
  for (const [name, text] of pairs) labels[name] = text;
  return labels;
}

/** Tells apart what a cache must tell apart: order, types and values. */
function spelling(labels: Record<string, unknown>): string {
  return Object.keys(labels)
    .map((name) => `${name}:${typeof labels[name]}:${String(labels[name])}`)
    .join('|');
}

describe('LabelCache', () => {
  it('finds what was remembered for the same labels, and never anything else', () => {
    fc.assert(
      fc.property(fc.array(fc.array(fc.tuple(key, value), { maxLength: 5 })), (rows) => {
        const cache = new LabelCache<string>();
        for (const pairs of rows) {
          const labels = labelsOf(pairs);
          const found = cache.find(labels);
          if (found !== undefined) expect(found).toBe(spelling(labels));
          cache.remember(labels, spelling(labels));
        }
        for (const pairs of rows) {
          const labels = labelsOf(pairs);
          const constant = Object.values(labels).every(
            (text) => !(typeof text === 'string' && text.length > 4096),
          );
          expect(cache.find(labelsOf(pairs))).toBe(constant ? spelling(labels) : undefined);
        }
      }),
    );
  });

  it('finds all of many values that look alike, and stays bounded', () => {
    const cache = new LabelCache<number>();
    const id = (i: number) => `user-${String(i).padStart(6, '0')}`;
    for (let i = 0; i < 2000; i++) cache.remember({ id: id(i), n: i * 16 }, i);
    for (let i = 0; i < 2000; i++) expect(cache.find({ id: id(i), n: i * 16 })).toBe(i);
    for (let i = 0; i < 100_000; i++) cache.remember({ id: id(i) }, i);
    let kept = 0;
    for (let i = 0; i < 100_000; i++) if (cache.find({ id: id(i) }) === i) kept++;
    expect(kept).toBeGreaterThan(1000);
    expect(kept).toBeLessThan(10_000);
  });

  it('does not keep objects, whose text may change', () => {
    const cache = new LabelCache<number>();
    for (const changing of [{}, [], new Date(), () => 1, Object(1), new Proxy({}, {})]) {
      cache.remember({ a: changing }, 1);
      expect(cache.find({ a: changing })).toBeUndefined();
    }
  });

  it('answers nothing, and does not throw, where labels cannot be read', () => {
    const cache = new LabelCache<number>();
    cache.remember({ a: 'x', b: 1 }, 1);
    const refusing: ProxyHandler<object> = {
      ownKeys() {
        throw new Error('no keys');
      },
    };
    let readings = 0;
    const hostile = [
      {
        get a(): string {
          throw new Error('no value');
        },
      },
      new Proxy({}, refusing),
      // Says that it has the keys, and has another value at each reading.
      new Proxy({ a: 'x', b: 1 }, { get: () => ++readings }),
    ];
    for (const labels of hostile) expect(cache.find(labels)).toBeUndefined();
    expect(cache.find({ a: 'x', b: 1 })).toBe(1);
    expect(cache.find({ b: 1, a: 'x' })).toBeUndefined();
    expect(cache.find({ a: 'x' })).toBeUndefined();
    expect(cache.find({ a: 'x', b: 1, c: 1 })).toBeUndefined();
    expect(cache.find({ a: 'x', b: '1' })).toBeUndefined();
    expect(cache.find(Object.create({ a: 'x', b: 1 }))).toBe(1);
  });

  it('keeps values apart whose hashes are the same in every layout', () => {
    const cache = new LabelCache<unknown>();
    const alike = ['ab', 'ba', 'aa', 'bb', 0, 64, 128, 256, 1024, -1024, 0.5, 0.25, 2 ** 32];
    const others = [null, undefined, true, false, Symbol.iterator, 3n, Infinity, -Infinity, Number.NaN, ''];
    for (const value of [...alike, ...others]) cache.remember({ value }, [value]);
    for (const value of [...alike, ...others]) expect(cache.find({ value })).toEqual([value]);
  });
});
