import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/common/clock.js';
import { FakeClock } from '../../src/testing/fake-clock.js';
import { AnchorSource, hrDuration, hrTimeOf, type Moment, momentOf } from '../../src/trace/span-time.js';

const clock = new FakeClock();
const anchors = fc
  .tuple(fc.integer({ min: 0, max: 4e12 }), fc.double({ min: 0, max: 1e9, noNaN: true }))
  .map(([wall, monotonic]) => ({ clock, wall, monotonic }));
const measured = fc.double({ min: 0, max: 1e9, noNaN: true });
const exact = fc.tuple(fc.integer({ min: 0, max: 4e9 }), fc.integer({ min: 0, max: 999_999_999 }));
const moments = fc.oneof<fc.Arbitrary<Moment>[]>(measured, exact as fc.Arbitrary<[number, number]>);

const nanoseconds = ([seconds, nanos]: [number, number]) => BigInt(seconds) * 1_000_000_000n + BigInt(nanos);

describe('times of spans', () => {
  it('are whole seconds and nanoseconds below a second, in the order of the moments', () => {
    fc.assert(
      fc.property(anchors, measured, measured, (anchor, a, b) => {
        const [early, late] = a < b ? [a, b] : [b, a];
        const [from, to] = [hrTimeOf(early, anchor), hrTimeOf(late, anchor)];
        for (const [seconds, nanos] of [from, to]) {
          expect(Number.isInteger(seconds) && Number.isInteger(nanos)).toBe(true);
          expect(nanos).toBeGreaterThanOrEqual(0);
          expect(nanos).toBeLessThan(1e9);
        }
        expect(nanoseconds(from) <= nanoseconds(to)).toBe(true);
      }),
    );
  });

  it('that were given come back exactly', () => {
    fc.assert(
      fc.property(anchors, exact as fc.Arbitrary<[number, number]>, (anchor, time) => {
        expect(hrTimeOf(momentOf(time, clock), anchor)).toEqual(time);
      }),
    );
  });

  it('give durations that are exactly the difference', () => {
    fc.assert(
      fc.property(anchors, moments, moments, (anchor, one, other) => {
        const times = [hrTimeOf(one, anchor), hrTimeOf(other, anchor)] as const;
        const [end, start] = nanoseconds(times[0]) < nanoseconds(times[1]) ? [times[1], times[0]] : times;
        const duration = hrDuration(start, end);
        expect(nanoseconds(duration)).toBe(nanoseconds(end) - nanoseconds(start));
        expect(duration[1] >= 0 && duration[1] < 1e9).toBe(true);
      }),
    );
  });

  it('are now where what was given is no time', () => {
    clock.advanceSync(100);
    for (const odd of [
      undefined,
      null,
      Number.NaN,
      Infinity,
      new Date(Number.NaN),
      [1],
      ['a', 'b'],
      'soon',
      {},
    ]) {
      expect(momentOf(odd as never, clock)).toBe(clock.monotonic());
    }
    expect(momentOf(-1, clock)).toEqual([-1, 999_000_000]);
  });
});

describe('anchors', () => {
  it('follow a clock that was handed in at once, and the system clock within a tenth of a second', () => {
    const fake = new FakeClock({ now: 5000.7 });
    const source = new AnchorSource(fake);
    expect(source.at(0).wall).toBe(5000);
    fake.set(9000);
    expect(source.at(0).wall).toBe(9000);
    const system = new AnchorSource(systemClock);
    const first = system.at(1000);
    expect(system.at(1099)).toBe(first);
    expect(system.at(1101)).not.toBe(first);
    expect(Math.abs(first.wall - Date.now())).toBeLessThan(5000);
  });
});
