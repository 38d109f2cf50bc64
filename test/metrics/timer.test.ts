import { describe, expect, it } from 'vitest';
import { Gauge, Summary, Timer } from '../../src/metrics/index.js';
import { testRegistry } from './setup.js';

function setup() {
  const made = testRegistry();
  const timer = new Timer({ name: 't_seconds', help: 't', labelNames: ['op'], registers: [made.registry] });
  const has = async (line: string) => expect(await made.registry.metrics()).toContain(`${line}\n`);
  return { ...made, timer, has };
}

describe('Timer', () => {
  it('starts and stops', async () => {
    const { timer, clock, has } = setup();
    const stop = timer.start({ op: 'a' });
    clock.advanceSync(2000);
    expect(stop()).toBe(2);
    const other = timer.start();
    clock.advanceSync(500);
    expect(other({ op: 'b' })).toBe(0.5);
    await has('t_seconds_sum{op="a"} 2');
    await has('t_seconds_sum{op="b"} 0.5');
  });

  it('measures calls that return and calls that throw, and hands on what they did', async () => {
    const { timer, clock, has } = setup();
    const work = () => {
      clock.advanceSync(1000);
      return 42;
    };
    expect(timer.time(work)).toBe(42);
    expect(timer.time({ op: 'a' }, work)).toBe(42);
    const error = new Error('no');
    expect(() =>
      timer.time({ op: 'a' }, () => {
        work();
        throw error;
      }),
    ).toThrow(error);
    await has('t_seconds_sum 1');
    await has('t_seconds_sum{op="a"} 2');
    await has('t_seconds_count{op="a"} 2');
  });

  it('measures promises until they settle, kept or broken', async () => {
    const { timer, clock, has } = setup();
    const kept = timer.time({ op: 'kept' }, () => clock.advance(3000).then(() => 'done'));
    expect(await kept).toBe('done');
    await expect(timer.time({ op: 'broken' }, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    await has('t_seconds_sum{op="kept"} 3');
    await has('t_seconds_count{op="broken"} 1');
  });

  it('goes over any metric that measures time', async () => {
    const { registry, clock, has } = setup();
    const summary = registry.getOrCreate(Summary, { name: 's_seconds', help: 's', labelNames: ['op'] });
    const stop = new Timer(summary).start({ op: 'a' });
    clock.advanceSync(1000);
    stop();
    await has('s_seconds_sum{op="a"} 1');
    const gauge = registry.getOrCreate(Gauge, { name: 'last_seconds', help: 'l' });
    new Timer(gauge).time(() => clock.advanceSync(250));
    await has('last_seconds 0.25');
    expect(() => new Timer(null as never)).toThrow(/Timer: metric is null/);
  });
});
