import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LabelCache } from '../../src/metrics/label-cache.js';

const key = fc.constantFrom('a', 'b', 'c', 'method', 'status', '__proto__', '1');
const value = fc.oneof(
  fc.string({ maxLength: 3 }),
  fc.integer({ min: -3, max: 40 }),
  fc.double(),
  fc.boolean(),
  fc.constantFrom(undefined, null, '200', 200, 'x'.repeat(5000)),
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
            (text) => !Number.isNaN(text) && !(typeof text === 'string' && text.length > 4096),
          );
          expect(cache.find(labelsOf(pairs))).toBe(constant ? spelling(labels) : undefined);
        }
        cache.clear();
        for (const pairs of rows) expect(cache.find(labelsOf(pairs))).toBeUndefined();
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
    for (const changing of [{}, [], new Date(), () => 1, 1n]) {
      cache.remember({ a: changing }, 1);
      expect(cache.find({ a: changing })).toBeUndefined();
    }
  });
});
