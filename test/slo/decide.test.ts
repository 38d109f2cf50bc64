import { describe, expect, it } from 'vitest';
import { type DeploymentPolicy, decide, type SloStatus, SloTracker } from '../../src/slo/index.js';
import { FakeClock } from '../../src/testing/index.js';

/** A status with so many percent of its budget used up, long ago: no alert fires. */
function status(consumed: number, id = 'checkout', service = 'shop'): SloStatus {
  const clock = new FakeClock({ now: Date.UTC(2026, 10, 21) });
  const tracker = new SloTracker({ id, service, target: 99, clock });
  tracker.good(100_000 - consumed * 10);
  tracker.bad(consumed * 10);
  clock.advanceSync(5 * 86_400_000);
  return tracker.status();
}

function failing(): SloStatus {
  const tracker = new SloTracker({ id: 'pay', service: 'shop', target: 99, clock: new FakeClock() });
  tracker.good(70);
  tracker.bad(30);
  const now = tracker.status();
  // All of the budget that there was is gone too; that is another policy's business.
  return { ...now, budget: { ...now.budget, consumed: 0.2, remaining: 0.8 } };
}

describe('the policies that are there already', () => {
  it.each([
    [10, 'medium', true, {}],
    [60, 'medium', true, {}],
    [60, 'high', true, { canaryPercent: 10, canaryMinutes: 30 }],
    [75, 'medium', true, {}],
    [76, 'low', true, { canaryPercent: 5, canaryMinutes: 60, approval: true }],
    [90, 'high', true, { canaryPercent: 5, canaryMinutes: 60, approval: true }],
    [91, 'low', false, { approval: true }],
    [150, 'low', false, {}],
  ] as const)('%i %% used up, risk %s: %s %j', (consumed, risk, approved, constraints) => {
    const decision = decide({ service: 'shop', risk }, [status(consumed)]);
    expect(decision.approved).toBe(approved);
    expect(decision.constraints).toMatchObject(constraints);
    if (consumed <= 50) expect(decision.constraints).not.toHaveProperty('canaryPercent');
  });

  it('while a page fires nothing goes out', () => {
    const decision = decide({ service: 'shop' }, [status(10), failing()]);
    expect(decision.approved).toBe(false);
    expect(decision.reasons).toEqual([
      'checkout: 90 % of the budget is left',
      'pay: a page fires (over 1h it burns 30 times too fast), so nothing goes out (policy burning)',
    ]);
    expect(decision.applied).toEqual([{ policy: 'burning', slo: 'pay' }]);
  });

  it('an emergency may go ahead, with approval', () => {
    const decision = decide({ service: 'shop', emergency: true }, [status(100)]);
    expect(decision).toMatchObject({ approved: true, constraints: { approval: true, canaryPercent: 5 } });
    expect(decision.reasons.at(-1)).toContain('it is an emergency');
  });

  it('rolls back sooner where less is left', () => {
    expect(decide({}, [status(10)]).constraints.rollback).toEqual({ window: '5m', burnRate: 14.4 });
    expect(decide({}, [status(80)]).constraints.rollback).toEqual({ window: '5m', burnRate: 6 });
  });

  it('looks at the objectives of the service only, and says where there are none', () => {
    const other = status(100, 'mail', 'mailer');
    expect(decide({ service: 'shop' }, [status(10), other]).approved).toBe(true);
    expect(decide({}, [status(10), other]).approved).toBe(false);
    expect(decide({ service: 'nobody' }, [other])).toMatchObject({
      approved: true,
      reasons: ['nobody has no objectives'],
    });
  });

  it('gives its reasons in plain words', () => {
    expect(decide({ service: 'shop' }, [status(80)]).reasons).toEqual([
      'checkout: 80 % of the budget is used up, so a canary of at most 5 % for 60 minutes comes first and somebody ' +
        'has to approve (policy conservative)',
    ]);
  });
});

describe('policies of one’s own', () => {
  it('the strictest constraint counts, whatever the order', () => {
    const policies: DeploymentPolicy[] = [
      { name: 'a', consumedAbove: 10, canaryPercent: 20, canaryMinutes: 5 },
      {
        name: 'b',
        state: ['warning'],
        canaryPercent: 50,
        canaryMinutes: 90,
        rollback: { window: '10m', burnRate: 3 },
      },
      { name: 'c', consumedAbove: 99, forbid: true },
    ];
    for (const each of [policies, [...policies].reverse()]) {
      expect(decide({}, [status(60)], each)).toMatchObject({
        approved: true,
        constraints: {
          canaryPercent: 20,
          canaryMinutes: 90,
          approval: false,
          rollback: { window: '10m', burnRate: 3 },
        },
      });
    }
  });

  it('all conditions of one policy have to hold', () => {
    const policy = { name: 'both', consumedAbove: 50, firing: 'page', forbid: true };
    expect(decide({}, [status(60)], [policy]).approved).toBe(true);
    expect(decide({}, [failing()], [policy]).approved).toBe(true);
  });

  it.each<[unknown, unknown, RegExp]>([
    [{ risk: 'huge' }, undefined, /decide: risk is "huge"; accepted: "low", "medium", "high"/],
    [{ team: 'a' }, undefined, /unknown option "team"/],
    [{}, [{}], /decide: policies\[0\]: name is ""/],
    [{}, [{ name: 'a', canaryPercent: 200 }], /policies\[0\]: canaryPercent is 200/],
    [{}, [{ name: 'a', states: [] }], /unknown option "states"/],
    [{}, [{ name: 'a', rollback: { window: 'x', burnRate: 1 } }], /rollback.window is "x"/],
  ])('%j %j is refused', (request, policies, message) => {
    expect(() => decide(request as never, [], policies as never)).toThrow(message);
  });
});
