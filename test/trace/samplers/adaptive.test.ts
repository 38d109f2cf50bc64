import { describe, expect, it } from 'vitest';
import { Diagnostics } from '../../../src/common/diagnostics.js';
import { TelltaleError } from '../../../src/common/errors.js';
import { seededRandom } from '../../../src/common/random.js';
import { FakeClock } from '../../../src/testing/fake-clock.js';
import { hexOfSpan } from '../../../src/trace/ids.js';
import {
  type AdaptiveOptions,
  type AdaptiveState,
  adaptive,
  parentBased,
  type Sampler,
} from '../../../src/trace/index.js';
import { setup } from '../support.js';
import { ask, DROP, SAMPLE, stateOf } from './ask.js';

const random = seededRandom(7);
const traceId = () =>
  hexOfSpan(random.int32(), random.int32()) + hexOfSpan(random.int32(), random.int32() || 1);

/** Lets traffic come for some seconds, evenly; the traces kept of each key in the last second. */
function run(clock: FakeClock, sampler: Sampler, seconds: number, perSecond: Record<string, number>) {
  const kept: Record<string, number> = {};
  for (let second = 0; second < seconds; second++) {
    for (let tick = 0; tick < 100; tick++) {
      for (const [name, rate] of Object.entries(perSecond)) {
        if (tick === 0 && second === seconds - 1) kept[name] = 0;
        const times = Math.floor(((tick + 1) * rate) / 100) - Math.floor((tick * rate) / 100);
        for (let i = 0; i < times; i++) {
          const sampled = ask(sampler, { name, traceId: traceId() }).decision === SAMPLE;
          if (sampled && second === seconds - 1) kept[name]!++;
        }
      }
      clock.advanceSync(10);
    }
  }
  return kept;
}

describe('adaptive', () => {
  it('keeps rare keys whole and thins busy ones to about the target', () => {
    const clock = new FakeClock();
    const sampler = adaptive(10, { clock });
    let busy = 0;
    for (let i = 0; i < 20; i++) {
      const kept = run(clock, sampler, 3, { rare: 2, busy: 1000, frantic: 5000 });
      expect(kept.rare).toBe(2);
      busy += kept.busy!;
    }
    // 20 seconds of 10 a second, three standard errors.
    expect(Math.abs(busy - 200)).toBeLessThan(3 * Math.sqrt(200) + 20);
    expect(sampler.probability('busy')).toBeCloseTo(0.01, 2);
    expect(sampler.probability('rare')).toBe(1);
    expect(sampler.probability('never seen')).toBe(1);
  });

  it('thins a sudden rush within the interval', () => {
    const clock = new FakeClock();
    const sampler = adaptive(10, { clock });
    let kept = 0;
    for (let i = 0; i < 100_000; i++) if (ask(sampler, { traceId: traceId() }).decision === SAMPLE) kept++;
    expect(kept).toBeGreaterThan(20);
    expect(kept).toBeLessThan(400);
  });

  it('writes the threshold that decided, also where a trace state came along', () => {
    const clock = new FakeClock();
    const sampler = adaptive(1, { clock, state: { version: 1, rates: { s: 2 } } });
    const highest = 'f'.repeat(32);
    const result = ask(sampler, { traceId: highest });
    expect([result.decision, stateOf(result)]).toEqual([SAMPLE, 'ot=th:8']);
    expect(result.attributes).toEqual({ 'sampling.probability': 0.5 });
    const below = ask(sampler, { traceId: highest, state: 'ot=rv:80000000000000;th:0,a=b' });
    expect(stateOf(below)).toBe('ot=th:8;rv:80000000000000,a=b');
    expect(ask(sampler, { traceId: highest, state: 'ot=rv:7fffffffffffff' }).decision).toBe(DROP);
  });

  it('learns that a key became quiet, and forgets it in the end', () => {
    const clock = new FakeClock();
    const sampler = adaptive(10, { clock });
    run(clock, sampler, 5, { busy: 1000 });
    expect(sampler.probability('busy')).toBeLessThan(0.02);
    run(clock, sampler, 5, { other: 1 });
    expect(sampler.probability('busy')).toBeGreaterThan(0.03);
    run(clock, sampler, 60, { other: 1 });
    expect(sampler.probability('busy')).toBe(1);
    expect(Object.keys(sampler.save().rates)).toEqual(['other']);
  });

  it('holds no timer while nothing comes, and takes a long silence into account', () => {
    const clock = new FakeClock();
    let timers = 0;
    const counting = {
      now: () => clock.now(),
      monotonic: () => clock.monotonic(),
      setTimeout: (callback: () => void, ms: number) => {
        timers++;
        return clock.setTimeout(() => {
          timers--;
          callback();
        }, ms);
      },
    };
    const sampler = adaptive(10, { clock: counting });
    expect(timers).toBe(0);
    run(clock, sampler, 3, { busy: 1000 });
    expect(timers).toBe(1);
    clock.advanceSync(3000);
    expect(timers).toBe(0);
    clock.advanceSync(3_600_000);
    ask(sampler, { name: 'busy' });
    expect(sampler.probability('busy')).toBe(1);
  });

  it('tells keys apart by attributes or by a function', () => {
    const clock = new FakeClock();
    const byAttributes = adaptive(1, { clock, key: ['http.request.method', 'http.route'] });
    ask(byAttributes, { attributes: { 'http.request.method': 'GET', 'http.route': '/cart' } });
    ask(byAttributes, { attributes: { 'http.route': ['odd'] } });
    expect(Object.keys(byAttributes.save().rates)).toEqual(['GET /cart', 's']);
    for (let i = 0; i < 3; i++) {
      for (const attributes of [
        { 'http.request.method': 'GET', 'http.route': '/cart' },
        { 'http.request.method': 'GET' },
        { 'http.route': '/cart' },
        { 'http.request.method': true, 'http.route': 5 },
        {},
      ]) {
        ask(byAttributes, { attributes });
      }
    }
    expect(Object.keys(byAttributes.save().rates)).toEqual(['GET /cart', 's', 'GET ', ' /cart', 'true 5']);
    const bounded = adaptive(1, { clock, key: ['a', 'b'], maxKeys: 2 });
    for (let i = 0; i < 5; i++) for (let a = 0; a < 5; a++) ask(bounded, { attributes: { a, b: 'x' } });
    expect(Object.keys(bounded.save().rates)).toEqual(['0 x', '1 x']);
    const byFunction = adaptive(1, { clock, key: ({ name, attributes }) => `${name}/${attributes.status}` });
    ask(byFunction, { name: 'a', attributes: { status: 500 } });
    expect(Object.keys(byFunction.save().rates)).toEqual(['a/500']);
  });

  it('goes on where another stopped', () => {
    const clock = new FakeClock();
    const first = adaptive(10, { clock });
    run(clock, first, 5, { busy: 1000, 'odd __proto__ "key"': 20, __proto__: 3 });
    const state = JSON.parse(JSON.stringify(first.save())) as AdaptiveState;
    const second = adaptive(10, { clock, state });
    expect(second.probability('busy')).toBeCloseTo(first.probability('busy'), 3);
    expect(second.save()).toEqual(state);
    expect(adaptive(10, { clock, state, maxKeys: 1 }).save().rates).toEqual({ busy: state.rates.busy });
  });

  it('is bounded in keys, and says when there are more', () => {
    const clock = new FakeClock();
    const told: string[] = [];
    const diagnostics = new Diagnostics({ clock, handler: ({ code }) => told.push(code) });
    const sampler = adaptive(1, { clock, maxKeys: 10, diagnostics });
    let kept = 0;
    for (let i = 0; i < 100_000; i++) {
      if (ask(sampler, { name: `k${i}`, traceId: traceId() }).decision === SAMPLE) kept++;
    }
    ask(sampler, { name: 'x'.repeat(10_000_000) });
    expect(Object.keys(sampler.save().rates)).toHaveLength(10);
    expect(kept).toBeLessThan(200);
    expect(told).toEqual(['sampler_keys']);
  });

  it('survives a key function that throws or gives nonsense', () => {
    const told: string[] = [];
    const diagnostics = new Diagnostics({ handler: ({ subject }) => told.push(subject) });
    const keys: AdaptiveOptions['key'][] = [
      () => {
        throw new Error('mine');
      },
      (() => 5) as never,
      (async () => 'late') as never,
    ];
    for (const key of keys) {
      const { tracer } = setup({
        sampler: parentBased(adaptive(5, { key, diagnostics } as AdaptiveOptions)),
      });
      expect(tracer.startSpan('s').isRecording()).toBe(true);
    }
    expect(told).toEqual(['adaptive.key']);
  });

  it('of 0 keeps nothing', () => {
    const sampler = adaptive(0, { clock: new FakeClock(), state: { version: 1, rates: { s: 5 } } });
    for (let i = 0; i < 50; i++) expect(ask(sampler, { traceId: 'f'.repeat(32) }).decision).toBe(DROP);
    expect(sampler.probability('s')).toBe(0);
  });

  it('names the path of what is wrong', () => {
    const error = (perSecond: unknown, options?: unknown) => {
      try {
        adaptive(perSecond as number, options as AdaptiveOptions);
      } catch (thrown) {
        expect(thrown).toBeInstanceOf(TelltaleError);
        return (thrown as Error).message;
      }
      return 'nothing';
    };
    expect(error(-1)).toBe('adaptive: perSecond is -1; accepted: a number of at least 0');
    expect(error(Number.NaN)).toMatch(/perSecond is NaN/);
    expect(error(1, { smoothing: 0 })).toMatch(/smoothing is 0/);
    expect(error(1, { interval: -1 })).toMatch(/interval is -1/);
    expect(error(1, { maxKeys: 0 })).toMatch(/maxKeys is 0/);
    expect(error(1, { key: [] })).toMatch(/key is \[\]/);
    expect(error(1, { key: 'name' })).toMatch(/key is "name"/);
    expect(error(1, { state: { version: 2, rates: {} } })).toMatch(/state is {"version":2/);
    expect(error(1, { state: null })).toMatch(/state is null/);
    expect(error(1, { state: { version: 1, rates: { a: -1 } } })).toMatch(/state\.rates\["a"\] is -1/);
    expect(error(1, { rate: 1 })).toMatch(/unknown option "rate"/);
    expect(String(adaptive(3))).toBe('Adaptive{3/s a key}');
  });
});
