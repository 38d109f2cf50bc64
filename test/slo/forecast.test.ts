import { describe, expect, it } from 'vitest';
import { type RandomSource, seededRandom } from '../../src/common/random.js';
import { forecast, SloTracker, type SloTrackerOptions } from '../../src/slo/index.js';
import { gamma, poisson } from '../../src/slo/random-variates.js';
import { FakeClock } from '../../src/testing/index.js';

const NOW = Date.UTC(2026, 10, 2);
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

function make(options: Partial<SloTrackerOptions> = {}): { clock: FakeClock; tracker: SloTracker } {
  const clock = new FakeClock({ now: NOW });
  const tracker = new SloTracker({ id: 'pay', target: 99, window: '30d', alerts: [], clock, ...options });
  return { clock, tracker };
}

/** So much time in steps of five minutes, with events each minute of which so many fail. */
function pass(
  { clock, tracker }: ReturnType<typeof make>,
  time: number,
  perMinute: (now: number) => number,
  failing: (events: number, now: number) => number,
): void {
  for (let passed = 0; passed < time; passed += 5 * MINUTE) {
    const events = Math.round(perMinute(clock.now()) * 5);
    const bad = Math.min(events, failing(events, clock.now()));
    tracker.good(events - bad);
    tracker.bad(bad);
    clock.advanceSync(5 * MINUTE);
  }
}

const steady = () => 100;

describe('a forecast', () => {
  it('at a steady rate is what arithmetic says', () => {
    const service = make();
    pass(service, 10 * DAY, steady, () => 0);
    pass(service, 12 * HOUR, steady, (events) => events * 0.05);
    const { atPresentRate, exhaustedIn, interval, burnRate, probability } = forecast(service.tracker);
    // What is left of 1 % of ten and a half days, when 5 % of the events go and 1 % come to the budget.
    const left = 0.01 * 10.5 * DAY - 0.05 * 0.5 * DAY;
    expect(burnRate).toBeCloseTo(5, 6);
    expect(atPresentRate! / DAY).toBeCloseTo(left / 0.04 / DAY, 1);
    expect(exhaustedIn! / DAY).toBeCloseTo(atPresentRate! / DAY, 0);
    expect(interval.low!).toBeLessThan(exhaustedIn!);
    expect(interval.high!).toBeGreaterThan(exhaustedIn!);
    expect(probability).toBe(1);
  });

  it('of a healthy service finds no end, and says so', () => {
    const service = make();
    pass(service, 30 * DAY, steady, (events) => events * 0.001);
    const result = forecast(service.tracker);
    expect(result).toMatchObject({ exhaustedIn: undefined, probability: 0, atPresentRate: undefined });
    expect(result.recommendations).toEqual(['The budget lasts: there is room for changes.']);
  });

  it('of a service that nobody calls has nothing to say against it', () => {
    expect(forecast(make().tracker)).toMatchObject({ burnRate: 0, probability: 0, exhaustedIn: undefined });
  });

  it('of an overdrawn budget is now', () => {
    const service = make();
    pass(service, DAY, steady, (events) => events * 0.05);
    const result = forecast(service.tracker);
    expect(result).toMatchObject({ exhaustedIn: 0, probability: 1, atPresentRate: 0 });
    expect(result.recommendations[0]).toContain('overdrawn');
  });

  it('knows that old errors leave a rolling window', () => {
    const service = make({ window: '7d' });
    // A bad first day, quiet ones, and now a little more than the budget allows: what leaves makes room for days.
    pass(service, DAY, steady, (events) => events * 0.055);
    pass(service, 5.5 * DAY, steady, () => 0);
    pass(service, 6 * HOUR, steady, (events) => events * 0.012);
    expect(forecast(service.tracker).exhaustedIn!).toBeGreaterThan(5 * DAY);
    const calendar = make({ window: { calendar: 'month' } });
    pass(calendar, DAY, steady, (events) => events * 0.055);
    pass(calendar, 5.5 * DAY, steady, () => 0);
    pass(calendar, 6 * HOUR, steady, (events) => events * 0.02);
    expect(forecast(calendar.tracker).exhaustedIn!).toBeLessThan(3 * DAY);
  });

  it('follows the hours of the day, and of the week', () => {
    const hours = make();
    const daily = (now: number) => (new Date(now).getUTCHours() < 12 ? 200 : 2);
    pass(hours, 4 * DAY, daily, () => 0);
    expect(forecast(hours.tracker).season).toBe('daily');
    pass(hours, 11 * DAY, daily, () => 0);
    expect(forecast(hours.tracker).season).toBe('weekly');
    expect(forecast(make().tracker).season).toBe('none');
  });

  it('an outage in the busy hours ends the budget sooner than one at night', () => {
    const at = (hour: number) => {
      const service = make();
      const daily = (now: number) => (new Date(now).getUTCHours() >= 8 ? 300 : 3);
      pass(service, 5 * DAY + hour * HOUR, daily, () => 0);
      pass(service, HOUR, daily, (events) => events * 0.5);
      return forecast(service.tracker, { lookback: '1h' }).exhaustedIn!;
    };
    // Before the quiet hours eight of them pass first.
    expect(at(23) - at(9)).toBeGreaterThan(5 * HOUR);
  });

  it('sees a trend where there is one, and none in noise', () => {
    const random = seededRandom(5);
    const growing = make();
    pass(growing, 7 * DAY, steady, (events, now) =>
      poisson(events * 0.002 * (1 + ((now - NOW) / DAY) * 0.5), random),
    );
    const { trendPerDay, recommendations } = forecast(growing.tracker);
    expect(trendPerDay).toBeGreaterThan(0.05);
    expect(recommendations.join(' ')).toContain('Errors grow by');
    const noisy = make();
    pass(noisy, 7 * DAY, steady, (events) => poisson(events * 0.002, random));
    expect(forecast(noisy.tracker).trendPerDay).toBe(0);
  });

  it('repeats for the same counts', () => {
    const service = make();
    pass(service, DAY, steady, (events) => events * 0.009);
    expect(forecast(service.tracker)).toEqual(forecast(service.tracker));
  });

  it.each([[{ lookback: '1s' }], [{ random: {} }], [{ seed: 1 }]])('%j is refused', (options) => {
    expect(() => forecast(make().tracker, options as never)).toThrow(/^forecast/);
  });
});

describe('on synthetic histories with a known end', () => {
  /** The share of histories whose end lay in the 80 % interval. */
  function coverage(failing: (events: number, random: RandomSource) => number, histories: number): number {
    let held = 0;
    for (let seed = 1; seed <= histories; seed++) {
      const random = seededRandom(seed);
      const service = make({ window: '7d' });
      pass(service, 2 * DAY, steady, () => 0);
      pass(service, 6 * HOUR, steady, (events) => failing(events, random));
      const { interval } = forecast(service.tracker, { random: seededRandom(seed + 10_000) });
      const from = service.clock.now();
      while (service.tracker.status().budget.remaining >= 0 && service.clock.now() - from < 7 * DAY) {
        pass(service, 5 * MINUTE, steady, (events) => failing(events, random));
      }
      const end = service.clock.now() - from;
      if (end >= (interval.low ?? Infinity) && end <= (interval.high ?? Infinity)) held++;
    }
    return held / histories;
  }

  it('of errors that come one by one the 80 % interval holds in 75 to 85 % of cases', () => {
    // 2 % of few events: the budget of 1 % is gone after days, and how soon is mostly chance.
    const held = coverage((_events, random) => poisson(0.35 * 30, random), 120);
    expect(held).toBeGreaterThanOrEqual(0.75);
    expect(held).toBeLessThanOrEqual(0.85);
  });

  it('and so it does of errors that come in clusters', () => {
    const held = coverage((_events, random) => poisson(0.35, random) * 30, 120);
    expect(held).toBeGreaterThanOrEqual(0.75);
    expect(held).toBeLessThanOrEqual(0.85);
  });
});

describe('random variates', () => {
  const random = seededRandom(3);
  const moments = (draw: () => number) => {
    const values = Array.from({ length: 20_000 }, draw);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
    return { mean, variance };
  };

  it.each([0.5, 1, 3, 40])('gamma of shape %d has that mean and variance', (shape) => {
    const { mean, variance } = moments(() => gamma(shape, random));
    expect(mean / shape).toBeCloseTo(1, 1);
    expect(variance / shape).toBeCloseTo(1, 0);
  });

  it.each([0.1, 1, 20, 200])('poisson of mean %d has that mean and variance', (expected) => {
    const { mean, variance } = moments(() => poisson(expected, random));
    expect(mean / expected).toBeCloseTo(1, 1);
    expect(variance / expected).toBeCloseTo(1, 0);
  });
});
