import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CountRing, FINEST_MS } from '../../src/slo/count-ring.js';

const DAY = 86_400_000;
const START = Date.UTC(2026, 10, 21);

it('an objective over 30 days takes less than 64 kB, one over a year no more', () => {
  expect(new CountRing(30 * DAY).bytes).toBeLessThan(64_000);
  expect(new CountRing(365 * DAY).bytes).toBeLessThan(64_000);
});

const events = fc.array(
  fc.record({
    after: fc.oneof(fc.integer({ min: 0, max: 60_000 }), fc.integer({ min: 0, max: 3 * DAY })),
    good: fc.nat(1000),
    bad: fc.nat(10),
  }),
  { minLength: 1, maxLength: 60 },
);

it('what is counted in a window is exactly what came in its buckets', () => {
  fc.assert(
    fc.property(
      events,
      fc.constantFrom(60_000, 300_000, 3_600_000, 6 * 3_600_000, DAY, 3 * DAY, 30 * DAY),
      (given, length) => {
        const ring = new CountRing(30 * DAY);
        let now = START;
        const all = given.map(({ after, good, bad }) => {
          now += after;
          ring.add(now, good, bad);
          return { time: now, good, bad };
        });
        const step = length <= 2 * 3_600_000 ? FINEST_MS : length <= 25 * 3_600_000 ? 60_000 : 30 * 60_000;
        const from = Math.ceil((now - length) / step) * step;
        const inWindow = all.filter(({ time }) => time >= from);
        expect(ring.sum(now, length)).toEqual({
          good: inWindow.reduce((sum, { good }) => sum + good, 0),
          bad: inWindow.reduce((sum, { bad }) => sum + bad, 0),
        });
      },
    ),
  );
});

it('old counts leave by themselves, without anything being counted', () => {
  const ring = new CountRing(30 * DAY);
  ring.add(START, 5, 1);
  expect(ring.sum(START + 299_000, 300_000)).toEqual({ good: 5, bad: 1 });
  expect(ring.sum(START + 320_000, 300_000)).toEqual({ good: 0, bad: 0 });
  expect(ring.sum(START + 29 * DAY, 30 * DAY)).toEqual({ good: 5, bad: 1 });
  expect(ring.sum(START + 31 * DAY, 30 * DAY)).toEqual({ good: 0, bad: 0 });
});

it('counts that come late go where they belong, and those too old for a level nowhere in it', () => {
  const ring = new CountRing(30 * DAY);
  ring.add(START, 1, 0);
  ring.add(START - 60_000, 2, 0);
  ring.add(START - 3 * DAY, 4, 0);
  ring.add(START - 40 * DAY, 8, 0);
  expect(ring.sum(START, 30_000).good).toBe(1);
  expect(ring.sum(START, 300_000).good).toBe(3);
  expect(ring.sum(START, 30 * DAY).good).toBe(7);
});

describe('saved and restored', () => {
  it('gives the same answers', () => {
    fc.assert(
      fc.property(events, (given) => {
        const ring = new CountRing(30 * DAY);
        let now = START;
        for (const { after, good, bad } of given) {
          now += after;
          ring.add(now, good, bad);
        }
        const copy = new CountRing(30 * DAY);
        copy.restore(JSON.parse(JSON.stringify(ring.save())));
        for (const length of [60_000, 3_600_000, DAY, 30 * DAY]) {
          expect(copy.sum(now, length)).toEqual(ring.sum(now, length));
        }
      }),
    );
  });

  it('adds to what was counted meanwhile', () => {
    const ring = new CountRing(30 * DAY);
    ring.add(START, 3, 1);
    const other = new CountRing(30 * DAY);
    other.add(START + 60_000, 1, 1);
    other.restore(ring.save());
    expect(other.sum(START + 60_000, DAY)).toEqual({ good: 4, bad: 2 });
  });

  it('keeps the whole history where the window of the objective was changed', () => {
    const ring = new CountRing(30 * DAY);
    for (let hour = 0; hour < 20 * 24; hour++) ring.add(START + hour * 3_600_000, 10, 1);
    const now = START + 20 * DAY;
    const longer = new CountRing(90 * DAY);
    longer.restore(ring.save());
    expect(longer.sum(now, 90 * DAY).good).toBeGreaterThan(4790);
    expect(longer.sum(now, 90 * DAY).good).toBeLessThanOrEqual(4800);
    const shorter = new CountRing(7 * DAY);
    shorter.restore(ring.save());
    expect(shorter.sum(now, 7 * DAY).good).toBeGreaterThan(1660);
    expect(shorter.sum(now, 7 * DAY).good).toBeLessThanOrEqual(1680);
  });
});
