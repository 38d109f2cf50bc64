import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { type Diagnostic, Diagnostics } from '../../src/common/diagnostics.js';
import { SloTracker, type SloTrackerOptions, type SloWindow } from '../../src/slo/index.js';
import { FakeClock } from '../../src/testing/index.js';

const NOW = Date.UTC(2026, 10, 21, 12);
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

let clock: FakeClock;
let told: Diagnostic[];

beforeEach(() => {
  clock = new FakeClock({ now: NOW });
  told = [];
});

function make(options: Partial<SloTrackerOptions> = {}): SloTracker {
  const diagnostics = new Diagnostics({ clock, handler: (diagnostic) => told.push(diagnostic) });
  return new SloTracker({ id: 'checkout', target: 99.9, clock, diagnostics, ...options });
}

function record(tracker: SloTracker, good: number, bad: number): void {
  tracker.good(good);
  tracker.bad(bad);
}

describe('the budget', () => {
  it('is what may fail of all that there was', () => {
    const tracker = make();
    record(tracker, 9995, 5);
    const status = tracker.status();
    expect(status).toMatchObject({ good: 9995, bad: 5, total: 10_000, compliance: 0.9995, met: true });
    expect(status.budget.events.total).toBeCloseTo(10, 9);
    expect(status.budget.events.remaining).toBeCloseTo(5, 9);
    expect(status.budget.consumed).toBeCloseTo(0.5, 12);
    expect(status.budget.minutes.total).toBeCloseTo(43.2, 9);
    expect(status.budget.minutes.remaining).toBeCloseTo(21.6, 9);
    expect(status.state).toBe('warning');
  });

  it.each([
    [499, 'healthy'],
    [500, 'warning'],
    [799, 'warning'],
    [800, 'critical'],
    [999, 'critical'],
    [1000, 'breached'],
    [2500, 'breached'],
  ])('with %i of 1,000 allowed failures used the state is %s', (bad, state) => {
    const tracker = make();
    record(tracker, 1_000_000 - bad, bad);
    expect(tracker.status().state).toBe(state);
    expect(tracker.status().met).toBe(bad <= 1000);
  });

  it('may be overdrawn: what remains is then below zero', () => {
    const tracker = make({ target: 99 });
    record(tracker, 95, 5);
    const { budget, met } = tracker.status();
    expect(met).toBe(false);
    expect(budget.remaining).toBeCloseTo(-4, 9);
    expect(budget.events.remaining).toBeCloseTo(-4, 9);
    expect(budget.minutes.remaining).toBeLessThan(0);
  });

  it('takes thresholds of one’s own', () => {
    const tracker = make({ thresholds: { warning: 10, critical: 20 } });
    record(tracker, 9997, 3);
    expect(tracker.status().state).toBe('critical');
  });

  it('is not touched while nothing happens', () => {
    const tracker = make();
    const status = tracker.status();
    expect(status).toMatchObject({ total: 0, compliance: 1, met: true, burnRate: 0, state: 'healthy' });
    expect(status.budget.remaining).toBe(1);
    expect(status.notes.map(({ code }) => code)).toContain('no_traffic');
  });

  it('with a target of 100 % any failure breaches it, and nothing is NaN', () => {
    const tracker = make({ target: 100 });
    tracker.good(10);
    expect(tracker.status()).toMatchObject({ state: 'healthy', met: true, burnRate: 0 });
    tracker.bad();
    const status = tracker.status();
    expect(status).toMatchObject({ state: 'breached', met: false, burnRate: Infinity });
    expect(status.budget.minutes).toEqual({ total: 0, consumed: 0, remaining: 0 });
    expect(status.notes.map(({ code }) => code)).toContain('no_budget');
  });

  it('no figure of a status is ever NaN', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 100, noNaN: true }),
        fc.nat(1e6),
        fc.nat(1e6),
        fc.constantFrom<SloWindow>('30d', '1h', { calendar: 'month', timeZone: 'Europe/Berlin' }),
        (target, good, bad, window) => {
          const tracker = make({ target, window });
          record(tracker, good, bad);
          const numbers: number[] = [];
          JSON.stringify(tracker.status(), (_key, value) => {
            if (typeof value === 'number') numbers.push(value);
            return value;
          });
          expect(numbers.filter(Number.isNaN)).toEqual([]);
          expect(numbers.length).toBeGreaterThan(10);
        },
      ),
    );
  });
});

describe('windows', () => {
  it('a rolling one forgets what has left it', async () => {
    const tracker = make({ window: '7d' });
    record(tracker, 90, 10);
    await clock.advance(6 * DAY);
    record(tracker, 100, 0);
    expect(tracker.status()).toMatchObject({ good: 190, bad: 10 });
    await clock.advance(DAY + HOUR);
    expect(tracker.status()).toMatchObject({ good: 100, bad: 0, state: 'healthy' });
  });

  it('a calendar one begins anew with its unit, in its own time zone', async () => {
    clock.set(Date.parse('2026-11-30T22:59:00Z'));
    const tracker = make({ window: { calendar: 'month', timeZone: 'Europe/Berlin' } });
    record(tracker, 99, 1);
    expect(tracker.status()).toMatchObject({ good: 99, bad: 1 });
    await clock.advance(MINUTE);
    tracker.good(7);
    const status = tracker.status();
    expect(status).toMatchObject({ good: 7, bad: 0 });
    expect(status.window).toMatchObject({
      text: 'month (Europe/Berlin)',
      from: Date.parse('2026-11-30T23:00:00Z'),
      to: Date.parse('2026-12-31T23:00:00Z'),
    });
    expect(tracker.counts('1h')).toEqual({ good: 106, bad: 1 });
  });

  it('says how much of it was watched', async () => {
    const tracker = make({ window: '1h' });
    await clock.advance(15 * MINUTE);
    const { window, notes } = tracker.status();
    expect(window.covered).toBeCloseTo(0.25, 9);
    expect(notes).toContainEqual(expect.objectContaining({ code: 'partial_window' }));
    await clock.advance(45 * MINUTE);
    expect(tracker.status().window.covered).toBe(1);
  });

  it('events count in the bucket in which they came, also when the timer rings late', async () => {
    const tracker = make();
    clock.set(NOW + 9_000);
    tracker.bad(3);
    clock.advanceSync(5_000);
    expect(tracker.counts('10s')).toEqual({ good: 0, bad: 0 });
    expect(tracker.counts('1m')).toEqual({ good: 0, bad: 3 });
  });

  it('a clock that is set back loses nothing, and is said', async () => {
    const tracker = make();
    record(tracker, 10, 1);
    await clock.advance(HOUR);
    clock.set(NOW - DAY);
    record(tracker, 10, 1);
    expect(tracker.status()).toMatchObject({ good: 20, bad: 2 });
    expect(tracker.counts('5m')).toEqual({ good: 10, bad: 1 });
    expect(tracker.status().notes).toContainEqual(expect.objectContaining({ code: 'clock_step' }));
  });
});

describe('burn rates', () => {
  it('a service that fails by the budget exactly burns at 1', async () => {
    const tracker = make({ target: 99 });
    for (let minute = 0; minute < 120; minute++) {
      record(tracker, 99, 1);
      await clock.advance(MINUTE);
    }
    const { burnRates } = tracker.status();
    for (const rate of Object.values(burnRates)) expect(rate).toBeCloseTo(1, 9);
    expect(Object.keys(burnRates)).toEqual(['5m', '1h', '30m', '6h', '2h', '1d', '3d']);
  });

  it('the tiers of the workbook have factors 14.4, 6, 3 and 1 over 30 days, and their own over others', () => {
    const factors = (window: string) => make({ window }).objective.alerts.map(({ factor }) => factor);
    expect(factors('30d').map((factor) => Number(factor.toFixed(6)))).toEqual([14.4, 6, 3, 1]);
    expect(factors('28d').map((factor) => Number(factor.toFixed(2)))).toEqual([13.44, 5.6, 2.8, 0.93]);
    // Two percent of a day's budget in an hour would be a burn rate of a half: shorter objectives keep the factors,
    // and lose the tiers in which more than the whole budget would have to go.
    expect(factors('7d').map((factor) => Number(factor.toFixed(6)))).toEqual([14.4, 6, 3, 1]);
    expect(factors('1d').map((factor) => Number(factor.toFixed(6)))).toEqual([14.4]);
    expect(factors('12h')).toEqual([]);
  });

  it('a full outage pages within minutes, and the page lets go soon after it', async () => {
    const tracker = make();
    const firing = () =>
      tracker
        .status()
        .alerts.filter((alert) => alert.firing)
        .map(({ severity, long }) => `${severity} ${long}`);
    for (let minute = 0; minute < 3 * 24 * 60; minute++) {
      tracker.good(100);
      clock.advanceSync(MINUTE);
    }
    expect(firing()).toEqual([]);
    let outage = 0;
    while (!firing().includes('page 1h')) {
      tracker.bad(100);
      clock.advanceSync(MINUTE);
      outage++;
    }
    // 14.4 × 0.1 % of an hour's events: 52 seconds.
    expect(outage).toBe(1);
    for (let minute = 0; minute < 6; minute++) {
      tracker.good(100);
      clock.advanceSync(MINUTE);
    }
    expect(firing()).not.toContain('page 1h');
  });

  it('too little traffic keeps a tier silent', () => {
    const alerts = [
      { severity: 'page', budget: 2, long: '1h', short: '5m', minEvents: 100, minFailures: 3 },
    ] as const;
    const tracker = make({ alerts });
    record(tracker, 8, 2);
    expect(tracker.status().alerts[0]).toMatchObject({ firing: false, quiet: true });
    tracker.good(90);
    expect(tracker.status().alerts[0]).toMatchObject({ firing: false, quiet: true });
    tracker.bad(1);
    expect(tracker.status().alerts[0]).toMatchObject({ firing: true, quiet: false });
  });

  it('a tier that can never fire is told of', () => {
    make({ target: 90 });
    expect(told.map(({ message }) => message)).toEqual([
      'SloTracker checkout: alerts[0] (2 % in 1h) can never fire: at a burn rate of 14.4, with 10 % allowed to ' +
        'fail, 144 % of all events would have to',
    ]);
  });
});

describe('time slices', () => {
  it('a slice is good or bad as a whole, and one without events is good', async () => {
    const tracker = make({ target: 90, budgeting: { method: 'timeslices', slice: '1m', target: 95 } });
    record(tracker, 100, 0);
    await clock.advance(MINUTE);
    record(tracker, 10, 90);
    await clock.advance(MINUTE);
    record(tracker, 95, 5);
    await clock.advance(8 * MINUTE);
    expect(tracker.status()).toMatchObject({ good: 9, bad: 1, total: 10, compliance: 0.9, met: true });
  });

  it('ratio slices count alike whatever their traffic', async () => {
    const tracker = make({ target: 90, budgeting: 'ratio-timeslices' });
    record(tracker, 10_000, 0);
    await clock.advance(MINUTE);
    record(tracker, 1, 1);
    await clock.advance(MINUTE);
    const { good, bad } = tracker.status();
    expect([good, bad]).toEqual([1.5, 0.5]);
  });
});

describe('what is recorded', () => {
  it('latencies are good up to the threshold', () => {
    const tracker = make({ latencyThreshold: 0.3 });
    for (const seconds of [0, 0.1, 0.3, 0.300001, 5]) tracker.recordLatency(seconds);
    expect(tracker.status()).toMatchObject({ good: 3, bad: 2 });
    for (const wrong of [Number.NaN, -1, '0.1', undefined, Symbol('s'), {}]) {
      tracker.recordLatency(wrong as number);
    }
    expect(tracker.status()).toMatchObject({ good: 3, bad: 2 });
    expect(told[0]).toMatchObject({ code: 'slo_bad_value', subject: 'checkout' });
  });

  it('latencies need a threshold', () => {
    const tracker = make();
    tracker.recordLatency(1);
    expect(tracker.status().total).toBe(0);
    expect(told[0]?.message).toBe('SloTracker checkout: recordLatency needs the option latencyThreshold');
  });

  it('counts that are none are refused, and told of once', () => {
    const tracker = make();
    for (const wrong of [-1, Number.NaN, Infinity, '5', null, {}, 5n]) {
      tracker.good(wrong as number);
      tracker.bad(wrong as number);
    }
    expect(tracker.status().total).toBe(0);
    expect(told).toHaveLength(1);
    expect(told[0]?.message).toContain('a count of -1 is no number of at least 0');
  });

  it('a clock that throws never reaches the caller', () => {
    const tracker = make({
      clock: {
        now: () => NOW,
        monotonic: () => 0,
        setTimeout() {
          throw new Error('no timers');
        },
      },
    });
    tracker.record(true);
    tracker.record(false);
    expect(tracker.status()).toMatchObject({ good: 1, bad: 1 });
  });

  it('still counts after stop', () => {
    const tracker = make();
    tracker.stop();
    tracker.stop();
    tracker.record(true);
    expect(tracker.status().good).toBe(1);
  });
});

describe('wrong options', () => {
  const alert = { severity: 'page', budget: 2, long: '1h' };
  it.each<[Record<string, unknown>, RegExp]>([
    [{ id: '' }, /SloTracker: id is ""; accepted: letters/],
    [{ id: 'a b' }, /id is "a b"/],
    [{ target: 101 }, /SloTracker checkout: target is 101; accepted: a number from 0 to 100/],
    [{ target: -1 }, /target is -1/],
    [{ target: undefined }, /target is undefined/],
    [{ target: '99.9' }, /target is "99.9"/],
    [{ window: '0' }, /window is "0"; accepted: a duration of at least 1m/],
    [{ window: 'month' }, /window is "month"/],
    [
      { window: { calendar: 'year' } },
      /window.calendar is "year"; accepted: "day", "week", "month", "quarter"/,
    ],
    [{ window: { calendar: 'day', timeZone: 'Mars/Olympus' } }, /window.timeZone is "Mars\/Olympus"/],
    [{ window: { calendar: 'day', zone: 'UTC' } }, /unknown option "zone"/],
    [{ budgeting: 'sometimes' }, /budgeting is "sometimes"/],
    [{ budgeting: { method: 'timeslices', target: 200 } }, /budgeting.target is 200/],
    [{ budgeting: { method: 'timeslices', slice: '1s' } }, /budgeting.slice is "1s"/],
    [{ alerts: [{ ...alert, budget: 0 }] }, /alerts\[0\].budget is 0/],
    [{ alerts: [{ ...alert, long: '40d' }] }, /alerts\[0\].long is "40d"; accepted: at most .* 30d/],
    [{ alerts: [alert, { ...alert, short: '2h' }] }, /alerts\[1\].short is "2h"/],
    [{ thresholds: { warning: -1 } }, /thresholds.warning is -1/],
    [{ thresholds: { warning: 90 } }, /thresholds.critical is 80; accepted: at least warning, which is 90/],
    [{ thresholds: { breached: 70 } }, /thresholds.breached is 70; accepted: at least critical, which is 80/],
    [{ indicator: {} }, /indicator is \{\}; accepted: an object with the methods start/],
    [{ unknown: 1 }, /unknown option "unknown"/],
  ])('%j', (options, message) => {
    expect(() => make(options as never)).toThrow(message);
  });

  it('do not compile', () => {
    // @ts-expect-error a target is needed
    expect(() => new SloTracker({ id: 'a' })).toThrow();
    // @ts-expect-error a calendar unit that there is not
    expect(() => new SloTracker({ id: 'a', target: 99, window: { calendar: 'year' } })).toThrow();
  });
});

describe('snapshots', () => {
  it('go on where the process before stopped', async () => {
    const tracker = make();
    record(tracker, 100, 1);
    await clock.advance(DAY);
    record(tracker, 100, 1);
    const saved = JSON.parse(JSON.stringify(tracker.snapshot()));
    tracker.stop();
    await clock.advance(30_000);
    const next = make();
    record(next, 50, 0);
    next.restore(saved);
    expect(next.status()).toMatchObject({ good: 250, bad: 2 });
    expect(next.totals()).toEqual({ good: 250, bad: 2 });
    expect(next.counts('1h')).toEqual({ good: 150, bad: 1 });
  });

  it('keep the calendar unit only while it is the same', async () => {
    const window = { calendar: 'day' } as const;
    const tracker = make({ window });
    record(tracker, 100, 1);
    const saved = tracker.snapshot();
    const sameDay = make({ window });
    sameDay.restore(saved);
    expect(sameDay.status()).toMatchObject({ good: 100, bad: 1 });
    await clock.advance(DAY);
    const nextDay = make({ window });
    nextDay.restore(saved);
    expect(nextDay.status()).toMatchObject({ good: 0, bad: 0 });
    expect(nextDay.totals()).toEqual({ good: 100, bad: 1 });
  });

  it('time without a process is not covered', async () => {
    const tracker = make({ window: '1d' });
    await clock.advance(12 * HOUR);
    const saved = tracker.snapshot();
    await clock.advance(6 * HOUR);
    const next = make({ window: '1d' });
    next.restore(saved);
    await clock.advance(6 * HOUR);
    expect(next.status().window.covered).toBeCloseTo(0.75, 9);
  });
});
