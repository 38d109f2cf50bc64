import { expect, it } from 'vitest';
import { type Sla, SloSet, slaReport } from '../../src/slo/index.js';
import { FakeClock } from '../../src/testing/index.js';

function shop() {
  const clock = new FakeClock({ now: Date.UTC(2026, 10, 21) });
  const slos = new SloSet({
    clock,
    objectives: [
      { id: 'works', target: 99, window: '1d' },
      { id: 'quick', target: 95, window: '1d', latencyThreshold: 0.3 },
    ],
  });
  /** So many minutes of ten requests each. */
  const pass = (minutes: number, bad: number, seconds: number) => {
    for (let minute = 0; minute < minutes; minute++) {
      slos.get('works').good(10 - bad);
      slos.get('works').bad(bad);
      for (let i = 0; i < 10; i++) slos.get('quick').recordLatency(seconds);
      clock.advanceSync(60_000);
    }
  };
  return { slos, pass };
}

const AGREEMENT: Sla = {
  name: 'gold',
  customer: 'ACME',
  terms: [
    {
      kind: 'uptime',
      slo: 'works',
      promise: 99,
      credits: [
        { beyond: 99, percent: 10 },
        { beyond: 95, percent: 25 },
      ],
    },
    { kind: 'error_rate', slo: 'works', promise: 5 },
    { kind: 'latency', slo: 'quick', promise: 90, text: 'nine of ten within 300 ms' },
    { kind: 'throughput', slo: 'works', promise: 0.1 },
  ],
};

it('an agreement that is kept', () => {
  const { slos, pass } = shop();
  pass(100, 0, 0.1);
  const report = slaReport(AGREEMENT, slos);
  expect(report).toMatchObject({ name: 'gold', customer: 'ACME', kept: true, credit: 0 });
  expect(report.terms.map(({ measured }) => Number(measured.toFixed(6)))).toEqual([100, 0, 100, 0.166667]);
  expect(report.terms.map(({ text }) => text)).toEqual([
    'available for at least 99 % of the time',
    'at most 5 % of requests fail',
    'nine of ten within 300 ms',
    'at least 0.1 requests a second',
  ]);
});

it('one that is not: which terms, by how much, and what is owed', () => {
  const { slos, pass } = shop();
  pass(96, 0, 0.1);
  pass(4, 10, 0.5);
  const { kept, credit, terms } = slaReport(AGREEMENT, slos);
  expect([kept, credit]).toEqual([false, 10]);
  expect(terms.map((term) => term.kept)).toEqual([false, true, true, true]);
  expect(terms[0]!.measured).toBeCloseTo(96, 9);
  expect(terms[2]!.measured).toBeCloseTo(96, 9);
  pass(10, 10, 0.5);
  expect(slaReport(AGREEMENT, slos)).toMatchObject({ credit: 25 });
});

it('of a service that nobody called, keeps what nobody could break', () => {
  const { slos } = shop();
  expect(slaReport(AGREEMENT, slos).terms.map(({ kept }) => kept)).toEqual([true, true, true, false]);
});

it.each<[unknown, RegExp]>([
  [{ ...AGREEMENT, name: '' }, /slaReport: name is ""/],
  [{ ...AGREEMENT, terms: [] }, /terms is \[\]; accepted: a list of at least one term/],
  [{ ...AGREEMENT, terms: [{ kind: 'speed', slo: 'works', promise: 1 }] }, /terms\[0\]: kind is "speed"/],
  [{ ...AGREEMENT, terms: [{ kind: 'uptime', slo: 'works', promise: 101 }] }, /terms\[0\]: promise is 101/],
  [{ ...AGREEMENT, terms: [{ kind: 'uptime', slo: 'works' }] }, /terms\[0\]: promise is undefined/],
  [{ ...AGREEMENT, terms: [{ kind: 'uptime', slo: 'nothing', promise: 1 }] }, /no objective "nothing"/],
  [{ ...AGREEMENT, penalty: 1 }, /unknown option "penalty"/],
])('%j is refused', (sla, message) => {
  expect(() => slaReport(sla as Sla, shop().slos)).toThrow(message);
});
