import { once } from 'node:events';
import { ConsecutiveBreaker, circuitBreaker, handleAll } from 'cockatiel';
import CircuitBreaker from 'opossum';
import { beforeEach, describe, expect, it } from 'vitest';
import { type Diagnostic, Diagnostics } from '../../src/common/diagnostics.js';
import {
  type ActionContext,
  alert,
  keepTraces,
  openBreaker,
  type SloAlert,
  SloPolicies,
  type SloPolicy,
  SloSet,
  scale,
  tightenRateLimit,
} from '../../src/slo/index.js';
import { FakeClock } from '../../src/testing/index.js';

const MINUTE = 60_000;
let clock: FakeClock;
let told: Diagnostic[];
let slos: SloSet;
let calls: string[];

beforeEach(() => {
  clock = new FakeClock({ now: Date.UTC(2026, 10, 21) });
  told = [];
  calls = [];
  slos = new SloSet({
    clock,
    diagnostics: diagnostics(),
    objectives: [
      { id: 'pay', target: 99, window: '1d' },
      { id: 'mail', target: 99, window: '1d' },
    ],
  });
});

const diagnostics = () => new Diagnostics({ clock, handler: (diagnostic) => told.push(diagnostic) });

function make(...policies: Partial<SloPolicy>[]): SloPolicies {
  return new SloPolicies({
    slos,
    clock,
    diagnostics: diagnostics(),
    policies: policies.map((policy, i) => ({
      name: `p${i}`,
      slos: ['pay'],
      when: { consumedAbove: 50 },
      actions: [noting('a')],
      ...policy,
    })),
  });
}

const noting = (name: string) => ({
  name,
  run: () => void calls.push(`${name} on`),
  recover: () => void calls.push(`${name} off`),
});

/** Sets the share of the budget that is used up, in a window that holds nothing else. */
async function use(percent: number, id = 'pay'): Promise<void> {
  await clock.advance(25 * 60 * MINUTE);
  slos.get(id).good(100_000 - percent * 10);
  slos.get(id).bad(percent * 10);
}

describe('a policy', () => {
  it('acts once when its condition comes true, and undoes it when it is over', async () => {
    const policies = make({});
    await use(40);
    await clock.advance(MINUTE);
    expect(calls).toEqual([]);
    await use(60);
    await clock.advance(MINUTE);
    expect(calls).toEqual(['a on']);
    expect(policies.active()).toEqual([{ policy: 'p0', slo: 'pay' }]);
    await clock.advance(30 * MINUTE);
    expect(calls).toEqual(['a on']);
    await use(10);
    await clock.advance(MINUTE);
    // The window was empty for a moment, and so the condition over.
    expect(calls).toEqual(['a on', 'a off']);
    expect(policies.active()).toEqual([]);
    await policies.stop();
  });

  it('a figure that hovers around its bound does not act again and again', async () => {
    const policies = make({ when: { burnRateAbove: 5, window: '5m', hysteresis: 20 } });
    for (const bad of [4, 6, 4.5, 6, 4.2, 5.5, 4.1]) {
      for (let minute = 0; minute < 8; minute++) {
        slos.get('pay').good(1000 - bad * 10);
        slos.get('pay').bad(bad * 10);
        await clock.advance(MINUTE);
      }
    }
    expect(calls.filter((call) => call === 'a on')).toHaveLength(1);
    await policies.stop();
  });

  it('looks at each of its objectives by itself', async () => {
    const policies = make({ slos: ['pay', 'mail'] }, { slos: undefined as never });
    await use(60, 'mail');
    await clock.advance(MINUTE);
    expect(policies.active()).toEqual([
      { policy: 'p0', slo: 'mail' },
      { policy: 'p1', slo: 'mail' },
    ]);
    await policies.stop();
  });

  it('asks for everything that its condition names', async () => {
    const policies = make(
      { when: { consumedAbove: 10, state: ['breached'] } },
      { when: { firing: 'page' } },
      { when: { burnRateAbove: 1, minEvents: 1_000_000 } },
      { when: { state: ['warning', 'critical'] } },
    );
    await use(60);
    await policies.evaluate();
    expect(policies.active().map(({ policy }) => policy)).toEqual(['p3']);
    slos.get('pay').bad(50_000);
    await policies.evaluate();
    expect(policies.active().map(({ policy }) => policy)).toEqual(['p0', 'p1']);
    await policies.stop();
  });

  it('goes on past an action that throws, rejects or hangs, and tells of it', async () => {
    let aborted = false;
    const policies = make({
      actions: [
        () => {
          throw new Error('no');
        },
        { name: 'rejecting', run: () => Promise.reject(new Error('no')) },
        {
          name: 'hanging',
          run: ({ signal }: ActionContext) => {
            signal.addEventListener('abort', () => {
              aborted = true;
            });
            return new Promise(() => {});
          },
        },
        noting('last'),
      ],
    });
    await use(60);
    await clock.advance(MINUTE);
    expect(calls).toEqual(['last on']);
    expect(aborted).toBe(true);
    expect(told.filter(({ code }) => code === 'slo_policy_failed')).toHaveLength(1);
    expect(told[0]!.message).toBe('SloPolicies: policy p0: its action actions[0] failed');
    await policies.stop();
  });

  it('stopped, does nothing more', async () => {
    const policies = make({});
    await policies.stop();
    await use(60);
    await clock.advance(MINUTE);
    expect(calls).toEqual([]);
  });

  it.each<[Partial<SloPolicy>, RegExp]>([
    [{ name: '' }, /SloPolicies: policies\[0\]: name is ""/],
    [{ slos: ['nobody'] }, /there is no objective "nobody"; there are: pay, mail/],
    [{ when: {} }, /policies\[0\]: when is empty/],
    [{ when: { consumedAbove: -1 } }, /when.consumedAbove is -1/],
    [{ when: { burnRateAbove: 1, window: 'soon' } }, /when.window is "soon"/],
    [{ when: { state: ['bad' as never] } }, /when.state\[0\] is "bad"/],
    [{ when: { above: 1 } as never }, /unknown option "above"/],
    [{ actions: [] }, /actions is empty; accepted: at least one action/],
    [{ actions: [{} as never] }, /actions\[0\] is \{\}; accepted: an object with the methods run/],
  ])('%j is refused', (policy, message) => {
    expect(() => make(policy)).toThrow(message);
  });

  it('of a name that another has is refused', () => {
    expect(() => make({ name: 'x' }, { name: 'x' })).toThrow(/policies\[1\].name is "x"/);
  });
});

describe('actions', () => {
  async function fire(action: SloPolicy['actions'][number]): Promise<SloPolicies> {
    const policies = make({ actions: [action] });
    await use(60);
    await policies.evaluate();
    return policies;
  }

  async function settle(policies: SloPolicies): Promise<void> {
    await clock.advance(25 * 60 * MINUTE);
    await policies.stop();
  }

  it('alert, with a sentence for a person', async () => {
    const alerts: SloAlert[] = [];
    await settle(await fire(alert((each) => alerts.push(each))));
    expect(alerts.map(({ state, message }) => [state, message])).toEqual([
      ['firing', 'pay: p0: 40 % of the error budget is left, burning 0.6 times too fast over 1h'],
      ['resolved', 'pay: p0 is over; 100 % of the error budget is left'],
    ]);
  });

  it('scale by how fast it burns, and back', async () => {
    const factors: number[] = [];
    const policies = make({ actions: [scale((factor) => factors.push(factor), 3)] });
    slos.get('pay').bad(10);
    await policies.evaluate();
    await settle(policies);
    expect(factors).toEqual([3, 1]);
  });

  it('tighten a rate limit, keep traces', async () => {
    await settle(await fire(tightenRateLimit((share) => calls.push(`${share}`), 0.25)));
    await settle(await fire(keepTraces((keep) => calls.push(`${keep}`))));
    expect(calls).toEqual(['0.25', '1', 'true', 'false']);
  });

  it('open a breaker of opossum', async () => {
    const breaker = new CircuitBreaker(async () => 'ok', { resetTimeout: 5 });
    const policies = await fire(openBreaker(breaker));
    expect(breaker.opened).toBe(true);
    await expect(breaker.fire()).rejects.toThrow('Breaker is open');
    // It would let a call through after its own 5 ms; nobody but the policy closes it.
    await once(breaker, 'halfOpen');
    expect(breaker.opened).toBe(true);
    await settle(policies);
    expect(breaker.closed).toBe(true);
    expect(await breaker.fire()).toBe('ok');
    breaker.shutdown();
  });

  it('open a breaker of cockatiel', async () => {
    const breaker = circuitBreaker(handleAll, { halfOpenAfter: 1000, breaker: new ConsecutiveBreaker(3) });
    const policies = await fire(openBreaker(breaker));
    await expect(breaker.execute(() => 'ok')).rejects.toThrow();
    await settle(policies);
    expect(await breaker.execute(() => 'ok')).toBe('ok');
  });

  it.each<[() => unknown, RegExp]>([
    [() => openBreaker({} as never), /openBreaker: breaker is \{\}/],
    [() => openBreaker(null as never), /openBreaker: breaker is null/],
    [() => alert('x' as never), /alert: send is "x"/],
    [() => tightenRateLimit(() => {}, 2), /tightenRateLimit: share is 2/],
    [() => scale(() => {}, 0), /scale: most is 0/],
  ])('%s is refused', (make, message) => {
    expect(make).toThrow(message);
  });
});
