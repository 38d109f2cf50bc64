import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CalendarUnit, ZonedCalendar } from '../../src/slo/calendar.js';

const iso = (bounds: readonly number[]) => bounds.map((time) => new Date(time).toISOString());
const bounds = (zone: string, unit: CalendarUnit, time: string) =>
  iso(new ZonedCalendar(zone).bounds(unit, Date.parse(time)));

describe('in UTC', () => {
  it.each<[CalendarUnit, string, string, string]>([
    ['day', '2026-11-21T23:59:59.999Z', '2026-11-21T00:00:00.000Z', '2026-11-22T00:00:00.000Z'],
    ['week', '2026-11-22T12:00:00Z', '2026-11-16T00:00:00.000Z', '2026-11-23T00:00:00.000Z'],
    ['week', '2026-11-23T00:00:00Z', '2026-11-23T00:00:00.000Z', '2026-11-30T00:00:00.000Z'],
    ['month', '2028-02-29T12:00:00Z', '2028-02-01T00:00:00.000Z', '2028-03-01T00:00:00.000Z'],
    ['month', '2026-12-31T23:59:59Z', '2026-12-01T00:00:00.000Z', '2027-01-01T00:00:00.000Z'],
    ['quarter', '2026-11-21T00:00:00Z', '2026-10-01T00:00:00.000Z', '2027-01-01T00:00:00.000Z'],
    ['quarter', '2026-01-01T00:00:00Z', '2026-01-01T00:00:00.000Z', '2026-04-01T00:00:00.000Z'],
  ])('the %s of %s', (unit, time, from, to) => {
    expect(bounds('UTC', unit, time)).toEqual([from, to]);
  });
});

describe('where clocks change', () => {
  it('a day in spring has 23 hours, one in autumn 25', () => {
    expect(bounds('Europe/Berlin', 'day', '2026-03-29T12:00:00Z')).toEqual([
      '2026-03-28T23:00:00.000Z',
      '2026-03-29T22:00:00.000Z',
    ]);
    expect(bounds('Europe/Berlin', 'day', '2026-10-25T12:00:00Z')).toEqual([
      '2026-10-24T22:00:00.000Z',
      '2026-10-25T23:00:00.000Z',
    ]);
  });

  it('a month keeps local midnight at both ends', () => {
    expect(bounds('Europe/Berlin', 'month', '2026-03-31T22:00:00Z')).toEqual([
      '2026-03-31T22:00:00.000Z',
      '2026-04-30T22:00:00.000Z',
    ]);
    expect(bounds('America/New_York', 'quarter', '2026-11-21T00:00:00Z')).toEqual([
      '2026-10-01T04:00:00.000Z',
      '2027-01-01T05:00:00.000Z',
    ]);
  });

  it('a day without midnight begins an hour later', () => {
    // Santiago goes from 23:59:59 to 1:00:00.
    expect(bounds('America/Santiago', 'day', '2026-09-06T12:00:00Z')).toEqual([
      '2026-09-06T04:00:00.000Z',
      '2026-09-07T03:00:00.000Z',
    ]);
  });

  it('a zone of a quarter of an hour', () => {
    expect(bounds('Asia/Kathmandu', 'day', '2026-11-21T18:14:59Z')[1]).toBe('2026-11-21T18:15:00.000Z');
  });
});

it('every moment lies in its unit, and units follow one another without a gap', () => {
  const zones = [
    'UTC',
    'Europe/Berlin',
    'America/Santiago',
    'Australia/Lord_Howe',
    'Pacific/Apia',
    'Asia/Tehran',
  ];
  const calendars = new Map(zones.map((zone) => [zone, new ZonedCalendar(zone)]));
  fc.assert(
    fc.property(
      fc.constantFrom(...zones),
      fc.constantFrom<CalendarUnit>('day', 'week', 'month', 'quarter'),
      fc.integer({ min: Date.UTC(2009, 0), max: Date.UTC(2037, 0) }),
      (zone, unit, time) => {
        const calendar = calendars.get(zone)!;
        const [from, to] = calendar.bounds(unit, time);
        expect(from).toBeLessThanOrEqual(time);
        expect(to).toBeGreaterThan(time);
        expect(calendar.bounds(unit, from)).toEqual([from, to]);
        expect(calendar.bounds(unit, to)[0]).toBe(to);
      },
    ),
    { numRuns: 60 },
  );
});
