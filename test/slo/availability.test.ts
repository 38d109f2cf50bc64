import { beforeEach, describe, expect, it } from 'vitest';
import {
  availabilityMarkdown,
  availabilityReport,
  availabilityTable,
  SloTracker,
  type SloTrackerOptions,
} from '../../src/slo/index.js';
import { FakeClock } from '../../src/testing/index.js';

const NOW = Date.UTC(2026, 10, 21, 12);
const MINUTE = 60_000;
let clock: FakeClock;

beforeEach(() => {
  clock = new FakeClock({ now: NOW });
});

function make(options: Partial<SloTrackerOptions> = {}): SloTracker {
  return new SloTracker({
    id: 'pay',
    service: 'shop',
    target: 99,
    window: '1d',
    alerts: [],
    clock,
    ...options,
  });
}

/** So many minutes, each with ten events, so many of them bad. */
function pass(tracker: SloTracker, minutes: number, bad: number, good = 10 - bad): void {
  for (let minute = 0; minute < minutes; minute++) {
    tracker.good(good);
    tracker.bad(bad);
    clock.advanceSync(MINUTE);
  }
}

describe('the report', () => {
  it('finds the outages, the time between them and the time to recovery', () => {
    const tracker = make();
    pass(tracker, 60, 0);
    pass(tracker, 10, 10);
    pass(tracker, 50, 1);
    pass(tracker, 20, 5);
    pass(tracker, 60, 0);
    const [report] = availabilityReport([tracker]);
    expect(report).toMatchObject({
      total: 2000,
      bad: 250,
      availability: 0.875,
      met: false,
      downtime: 30 * MINUTE,
      episodes: [
        { from: NOW + 60 * MINUTE, to: NOW + 70 * MINUTE },
        { from: NOW + 120 * MINUTE, to: NOW + 140 * MINUTE },
      ],
      // 200 minutes were watched, 170 of them without an outage.
      mtbf: 85 * MINUTE,
      mttr: 15 * MINUTE,
      longestOutage: 20 * MINUTE,
      rule: 'a minute with events fails when at least 50 % of them do',
    });
  });

  it('of a service that never failed, and of one that nobody called', () => {
    const tracker = make();
    const nothing = {
      episodes: [],
      downtime: 0,
      mtbf: undefined,
      mttr: undefined,
      longestOutage: 0,
      met: true,
    };
    expect(availabilityReport([tracker])[0]).toMatchObject({ ...nothing, availability: 1, total: 0 });
    pass(tracker, 60, 0);
    expect(availabilityReport([tracker])[0]).toMatchObject({ ...nothing, total: 600 });
  });

  it('an outage that lasts counts up to now, and is no recovery', () => {
    const tracker = make();
    pass(tracker, 10, 0);
    pass(tracker, 6, 10);
    const [report] = availabilityReport([tracker]);
    expect(report).toMatchObject({ downtime: 6 * MINUTE, longestOutage: 6 * MINUTE, mttr: undefined });
    expect(report!.episodes).toEqual([{ from: NOW + 10 * MINUTE, to: undefined }]);
  });

  it('minutes without events neither begin nor end an outage', () => {
    const tracker = make();
    pass(tracker, 5, 10);
    pass(tracker, 5, 0, 0);
    pass(tracker, 5, 10);
    pass(tracker, 5, 0);
    expect(availabilityReport([tracker])[0]!.episodes).toEqual([{ from: NOW, to: NOW + 15 * MINUTE }]);
  });

  it('takes another rule, and another time', () => {
    const tracker = make({ failingPercent: 10 });
    pass(tracker, 60, 0);
    pass(tracker, 10, 1);
    pass(tracker, 110, 0);
    expect(availabilityReport([tracker])[0]).toMatchObject({ downtime: 10 * MINUTE, total: 1800 });
    expect(availabilityReport([tracker], { window: '1h' })[0]).toMatchObject({
      from: clock.now() - 60 * MINUTE,
      episodes: [],
      total: 600,
      mtbf: undefined,
    });
    expect(() => availabilityReport([], { window: 'x' })).toThrow(/window is "x"/);
  });

  it('goes on over a restart, with an outage under way', () => {
    const tracker = make();
    pass(tracker, 10, 0);
    pass(tracker, 5, 10);
    const saved = JSON.parse(JSON.stringify(tracker.snapshot()));
    clock.advanceSync(30_000);
    const next = make();
    next.restore(saved);
    pass(next, 5, 10);
    pass(next, 5, 0);
    expect(availabilityReport([next])[0]!.episodes).toHaveLength(1);
    expect(availabilityReport([next])[0]!.episodes[0]!.from).toBe(NOW + 10 * MINUTE);
  });
});

describe('as text', () => {
  function reports() {
    const tracker = make({ name: 'card | payments' });
    pass(tracker, 600, 0);
    pass(tracker, 10, 10);
    pass(tracker, 60, 0);
    const quiet = make({ id: 'quiet', service: 'quiet' });
    return availabilityReport([tracker, quiet]);
  }

  it('a table for terminals', () => {
    expect(availabilityTable(reports()).split('\n')).toEqual([
      'service                availability  target  good  bad  downtime  outages  MTBF  MTTR  longest',
      '─────────────────────  ────────────  ──────  ────  ───  ────────  ───────  ────  ────  ───────',
      'shop: card | payments   98.5074 % !    99 %  6600  100       10m        1   11h   10m      10m',
      'quiet                      100.00 %    99 %     0    0        0s        0     –     –        –',
      '',
    ]);
  });

  it('Markdown, with the outages', () => {
    const text = availabilityMarkdown(reports());
    expect(text).toContain(
      '| shop: card \\| payments | 98.5074 % ! | 99 % | 6600 | 100 | 10m | 1 | 11h | 10m | 10m |',
    );
    expect(text).toContain('- shop: card \\| payments: 2026-11-21 22:00 UTC to 2026-11-21 22:10 UTC, 10m\n');
    expect(text).toContain('An outage: a minute with events fails when at least 50 % of them do.');
  });
});
