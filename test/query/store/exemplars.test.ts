import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Labels } from '../../../src/query/labels.js';
import { ExemplarRing } from '../../../src/query/store/exemplars.js';
import { MetadataTable } from '../../../src/query/store/metadata.js';

const series = (name: string) => Labels.from({ __name__: name });
const exemplar = (time: number, trace = 't') => ({ labels: Labels.from({ trace }), value: 1, time });

it('keeps the newest, whatever comes, and never more than it may', () => {
  const arrival = fc.record({ name: fc.constantFrom('a', 'b', 'c'), time: fc.integer({ min: 0, max: 20 }) });
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 5 }), fc.array(arrival), (capacity, arrivals) => {
      const ring = new ExemplarRing(capacity);
      const kept: string[] = [];
      for (const { name, time } of arrivals) {
        if (ring.add(series(name), exemplar(time))) kept.push(`${name} ${time}`);
      }
      const found = ring
        .select([[]], -Infinity, Infinity)
        .flatMap(({ series, exemplars }) => exemplars.map(({ time }) => `${series.name} ${time}`));
      expect(ring.length).toBeLessThanOrEqual(capacity);
      expect(found.sort()).toEqual(capacity === 0 ? [] : kept.slice(-capacity).sort());
    }),
  );
});

it('keeps an exemplar that is told of again and again once', () => {
  const ring = new ExemplarRing(10);
  expect([1, 1, 1, 2, 1].map((time) => ring.add(series('a'), exemplar(time)))).toEqual([
    true,
    false,
    false,
    true,
    false,
  ]);
  expect(ring.add(series('a'), exemplar(2, 'other'))).toBe(true);
  expect(ring.select([], 0, 9)).toEqual([]);
});

it('keeps what different targets say of a metric, within bounds', () => {
  const table = new MetadataTable(2);
  for (let i = 0; i < 100; i++) table.set('a', { type: 'gauge', help: `text ${i % 20}`, unit: '' });
  table.set('b', { type: 'counter', help: '', unit: '' });
  table.set('c', { type: 'counter', help: '', unit: '' });
  const all = table.all();
  expect(Object.keys(all)).toEqual(['a', 'b']);
  expect(all.a).toHaveLength(10);
});
