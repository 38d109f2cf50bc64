import { describe, expect, expectTypeOf, it } from 'vitest';
import { createResource } from '../../src/common/resource.js';
import { collectResourceMetrics, Info, StateSet } from '../../src/metrics/index.js';
import { testRegistry } from './setup.js';

const STATES = ['closed', 'open', 'half_open'] as const;

function setup() {
  const made = testRegistry();
  const breaker = made.registry.getOrCreate(StateSet, {
    name: 'breaker_state',
    help: 'b',
    labelNames: ['backend'],
    states: STATES,
  });
  const text = async () => (await made.registry.metrics()).split('\n').slice(2, -1);
  return { ...made, breaker, text };
}

describe('StateSet', () => {
  it('shows each state, one of them on', async () => {
    const { breaker, text } = setup();
    breaker.set({ backend: 'mail' }, 'closed');
    breaker.set({ backend: 'mail' }, 'open');
    expect(await text()).toEqual([
      'breaker_state{breaker_state="closed",backend="mail"} 0',
      'breaker_state{breaker_state="open",backend="mail"} 1',
      'breaker_state{breaker_state="half_open",backend="mail"} 0',
    ]);
  });

  it('may be in several states, or in none', () => {
    const { breaker } = setup();
    const mail = breaker.labels('mail');
    mail.enable('open');
    mail.enable('half_open');
    expect(mail.numbers()).toEqual([0, 1, 1]);
    mail.disable('open');
    expect(mail.numbers()).toEqual([0, 0, 1]);
    breaker.disable({ backend: 'mail' }, 'half_open');
    expect(mail.numbers()).toEqual([0, 0, 0]);
    breaker.reset();
    mail.set('closed');
    expect(breaker.series()).toHaveLength(1);
    expect(mail.numbers()).toEqual([1, 0, 0]);
  });

  it('leaves out states that it does not know', () => {
    const { breaker, troubles } = setup();
    for (const bad of ['gone', 1, undefined, null, {}, Symbol('x')])
      breaker.set({ backend: 'x' }, bad as never);
    expect(breaker.labels('x').numbers()).toEqual([0, 0, 0]);
    expect(troubles[0]!.message).toContain('"gone" is left out; accepted: closed, open, half_open');
  });

  it('is a gauge for each state, for OpenTelemetry', async () => {
    const { registry, breaker } = setup();
    breaker.set({ backend: 'mail' }, 'open');
    const [metric] = (await collectResourceMetrics(registry, createResource())).scopeMetrics[0]!.metrics;
    expect(metric!.dataPoints.map(({ attributes, value }) => [attributes.breaker_state, value])).toEqual([
      ['closed', 0],
      ['open', 1],
      ['half_open', 0],
    ]);
  });

  it('refuses wrong options', () => {
    const make = (options: object) => () => new StateSet({ name: 's', help: 's', ...options } as never);
    expect(make({})).toThrow(/states is undefined; accepted: texts that differ/);
    expect(make({ states: ['a', 'a'] })).toThrow(/states is \["a","a"\]/);
    expect(make({ states: ['a', ''] })).toThrow(/states\[1\] is ""/);
    expect(make({ states: ['a'], labelNames: ['s'] })).toThrow(/not s/);
    expect(make({ states: ['a'], name: 'a:b' })).toThrow(/StateSet: name is "a:b"/);
    expect(() => new StateSet(undefined as never)).toThrow(/StateSet/);
  });

  it('knows its states', () => {
    const { breaker } = setup();
    expectTypeOf(breaker).toEqualTypeOf<StateSet<(typeof STATES)[number], 'backend'>>();
    // @ts-expect-error not a state
    breaker.set({ backend: 'x' }, 'gone');
    // @ts-expect-error not a label
    breaker.set({ other: 'x' }, 'open');
    const plain = new StateSet({ name: 's', help: 's', states: ['on', 'off'] });
    plain.set('on');
    // @ts-expect-error not a state
    plain.set('other');
  });
});

describe('Info', () => {
  it('tells one thing at a time', async () => {
    const { registry } = testRegistry();
    const info = registry.getOrCreate(Info, {
      name: 'build_info',
      help: 'b',
      labelNames: ['version', 'commit'],
    });
    info.set({ version: '1', commit: 'abc' });
    info.set({ version: '2', commit: 'def' });
    expect(await registry.metrics()).toBe(
      '# HELP build_info b\n# TYPE build_info gauge\nbuild_info{version="2",commit="def"} 1\n',
    );
    const [metric] = (await collectResourceMetrics(registry, createResource())).scopeMetrics[0]!.metrics;
    expect(metric!.dataPoints).toMatchObject([{ value: 1, attributes: { version: '2', commit: 'def' } }]);
  });

  it('has a name that says so', () => {
    expect(() => new Info({ name: 'build', help: 'b' })).toThrow(
      /Info: name is "build"; accepted: a name that ends/,
    );
  });
});
