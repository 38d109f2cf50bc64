import { seededRandom } from '../../src/common/random.js';
import { Counter, Registry } from '../../src/metrics/index.js';
import { forecast, SloTracker } from '../../src/slo/index.js';
import { FakeClock } from '../../src/testing/index.js';
import type { BenchLine } from '../line.js';

/**
 * What objectives cost. There is no peer that keeps them inside the process, so each line is held against what the
 * design allows: "time" of the peer is that allowance.
 */
export const sloLines: BenchLine[] = [
  {
    name: 'record one event of an objective, against ten counter increments',
    aim: 1,
    setup: async () => {
      const tracker = new SloTracker({ id: 'bench', target: 99.9 });
      const other = new SloTracker({ id: 'other', target: 99 });
      const registry = new Registry();
      const counters = Array.from({ length: 10 }, (_, i) =>
        new Counter({
          name: `bench_${i}_total`,
          help: 'Bench.',
          labelNames: ['a'],
          registers: [registry],
        }).labels({ a: 'x' }),
      );
      return {
        ours: {
          name: 'telltale record',
          run(n) {
            for (let i = 0; i < n; i++) {
              tracker.record(i % 100 !== 0);
              if (i % 16 === 0) other.record(true);
            }
          },
        },
        peer: {
          name: '10 counter handles',
          run(n) {
            for (let i = 0; i < n; i++) for (let c = 0; c < 10; c++) counters[c]!.inc();
          },
        },
        teardown() {
          tracker.stop();
          other.stop();
        },
      };
    },
  },
  {
    name: 'forecast: histories outside the 80 % interval, against the 25 % allowed',
    aim: 1,
    unit: '%',
    rounds: 1,
    setup: async () => ({
      ours: { name: 'outside', measure: async ({ quick }) => 100 * missed(quick ? 5 : 200) },
      peer: { name: 'allowed', measure: async () => 25 },
    }),
  },
];

const MINUTE = 60_000;

/** The share of synthetic histories whose end lay outside of the forecast's interval. */
function missed(histories: number): number {
  let outside = 0;
  for (let seed = 1; seed <= histories; seed++) {
    const random = seededRandom(seed + 500_000);
    const clock = new FakeClock({ now: Date.UTC(2026, 10, 2) });
    const tracker = new SloTracker({ id: 'bench', target: 99, window: '7d', alerts: [], clock });
    const pass = (minutes: number, failing: boolean) => {
      for (let passed = 0; passed < minutes; passed += 5) {
        let bad = 0;
        // Ten or so of 500 events, one by one.
        if (failing) for (let i = 0; i < 500; i++) if (random.float() < 0.021) bad++;
        tracker.good(500 - bad);
        tracker.bad(bad);
        clock.advanceSync(5 * MINUTE);
      }
    };
    pass(2 * 24 * 60, false);
    pass(6 * 60, true);
    const { interval } = forecast(tracker, { random: seededRandom(seed) });
    const from = clock.now();
    while (tracker.status().budget.remaining >= 0 && clock.now() - from < 7 * 24 * 60 * MINUTE) pass(5, true);
    const end = clock.now() - from;
    if (end < (interval.low ?? Infinity) || end > (interval.high ?? Infinity)) outside++;
  }
  return outside / histories;
}
