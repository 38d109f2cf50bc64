import { describe, expect, it } from 'vitest';
import {
  ObservableCounter,
  ObservableGauge,
  ObservableUpDownCounter,
  type Observe,
} from '../../src/metrics/index.js';
import { testRegistry } from './setup.js';

function setup(options = {}) {
  const made = testRegistry(options);
  const lines = async () =>
    (await made.registry.metrics()).split('\n').filter((line) => !/^(#|$)/.test(line));
  return { ...made, lines };
}

describe('observable metrics', () => {
  it('are asked at each reading, and forget what they are not told of again', async () => {
    const { registry, lines } = setup();
    let queues: Record<string, number> = { mail: 3, sms: 1 };
    new ObservableGauge({
      name: 'waiting',
      help: 'w',
      labelNames: ['queue'],
      observe: async (observe) => {
        await Promise.resolve();
        for (const [queue, length] of Object.entries(queues)) observe({ queue }, length);
      },
      registers: [registry],
    });
    expect(await lines()).toEqual(['waiting{queue="mail"} 3', 'waiting{queue="sms"} 1']);
    queues = { sms: 2 };
    expect(await lines()).toEqual(['waiting{queue="sms"} 2']);
  });

  it('tell totals as counters', async () => {
    const { registry, lines } = setup({ maxSeries: 1 });
    let total = 5;
    const registers = [registry];
    new ObservableCounter({ name: 'c_total', help: 'c', observe: (observe) => observe(total), registers });
    new ObservableUpDownCounter({
      name: 'u',
      help: 'u',
      observe: (observe) => observe({}, -total),
      registers,
    });
    new ObservableCounter({
      name: 'd_total',
      help: 'd',
      labelNames: ['a'],
      observe: (observe) => {
        for (const a of ['x', 'y', 'z']) observe({ a }, total);
      },
      registers,
    });
    const overflow = (value: number) => `d_total{otel_metric_overflow="true"} ${value}`;
    expect(await lines()).toEqual(['c_total 5', 'u -5', 'd_total{a="x"} 5', overflow(10)]);
    total = 7;
    expect(await lines()).toEqual(['c_total 7', 'u -7', 'd_total{a="x"} 7', overflow(14)]);
  });

  it('keep their last values when a callback throws or is late, and wait no longer than told', async () => {
    const { registry, clock, troubles } = setup();
    let behaviour: (observe: Observe<'a'>) => void | Promise<void> = (observe) => observe({ a: 'x' }, 1);
    const gauge = new ObservableGauge<'a'>({
      name: 'g',
      help: 'g',
      labelNames: ['a'],
      timeout: 100,
      observe: (observe) => behaviour(observe),
      registers: [registry],
    });
    const values = async (wait = 0) => {
      const read = gauge.get();
      await clock.advance(wait);
      return (await read).values;
    };
    const before = [{ labels: { a: 'x' }, value: 1 }];
    expect(await values()).toEqual(before);
    behaviour = (observe) => {
      observe({ a: 'x' }, 2);
      throw new Error('no');
    };
    expect(await values()).toEqual(before);
    let late: Observe<'a'> | undefined;
    behaviour = (observe) => {
      late = observe;
      observe({ a: 'x' }, 3);
      return new Promise(() => {});
    };
    expect(await values(100)).toEqual(before);
    late!({ a: 'x' }, 4);
    expect((await gauge.read()).values).toEqual(before);
    expect(troubles.map(({ code, error }) => [code, String(error)])).toEqual([
      ['collect_failed', 'Error: no'],
    ]);
    behaviour = (observe) => observe({ a: 'x' }, 5);
    expect(await values()).toEqual([{ labels: { a: 'x' }, value: 5 }]);
  });

  it('leave out what is not a number', async () => {
    const { registry, troubles, lines } = setup();
    const bad: unknown[] = ['1', 1n, null, undefined, {}, Symbol('x')];
    new ObservableGauge({
      name: 'g',
      help: 'g',
      labelNames: ['a'],
      observe: (observe) => {
        for (const value of bad) observe({ a: String(value) }, value as number);
        observe({ a: 'nan' }, Number.NaN);
      },
      registers: [registry],
    });
    new ObservableCounter({
      name: 'c_total',
      help: 'c',
      labelNames: ['a'],
      observe: (observe) => {
        for (const value of [...bad, -1, Number.NaN, Infinity]) observe({ a: 'x' }, value as number);
      },
      registers: [registry],
    });
    expect(await lines()).toEqual(['g{a="nan"} NaN']);
    expect(troubles.map(({ subject }) => subject)).toEqual(['g', 'c_total']);
  });

  it('refuse wrong options', () => {
    const make = (options: object) => () =>
      new ObservableGauge({ name: 'g', help: 'g', ...options } as never);
    expect(make({})).toThrow(/ObservableGauge: observe is undefined; accepted: a function/);
    expect(make({ observe() {}, timeout: -1 })).toThrow(/timeout is -1/);
    expect(make({ observe() {}, labels: [] })).toThrow(/unknown option "labels"/);
  });
});
