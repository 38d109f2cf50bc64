import { describe, expect, it } from 'vitest';
import { Gauge } from '../../src/metrics/index.js';
import { testRegistry } from './setup.js';

function setup() {
  const made = testRegistry();
  const gauge = new Gauge({
    name: 'queue',
    help: 'Queue.',
    labelNames: ['name'],
    registers: [made.registry],
  });
  const value = async (labels: Record<string, string> = {}) =>
    (await gauge.get()).values.find((sample) => JSON.stringify(sample.labels) === JSON.stringify(labels))
      ?.value;
  return { ...made, gauge, value };
}

describe('Gauge', () => {
  it('is set, raised and lowered, by labels, without and by handle', async () => {
    const { gauge, value } = setup();
    gauge.set({ name: 'mail' }, 5);
    gauge.inc({ name: 'mail' });
    gauge.dec({ name: 'mail' }, 2);
    gauge.labels('mail').inc(10);
    gauge.labels('mail').dec();
    expect(await value({ name: 'mail' })).toBe(13);
    gauge.set(-1.5);
    gauge.inc();
    gauge.dec(3);
    expect(await value()).toBe(-3.5);
  });

  it('may be NaN and infinite, and nothing but a number', async () => {
    const { gauge, registry, troubles } = setup();
    gauge.set({ name: 'a' }, Number.NaN);
    gauge.set({ name: 'b' }, Infinity);
    gauge.set({ name: 'c' }, -Infinity);
    for (const bad of ['1', undefined, null, 1n, Symbol('x'), {}]) gauge.labels('d').set(bad as never);
    gauge.labels('d').inc('1' as never);
    gauge.labels('d').dec('1' as never);
    const text = await registry.metrics();
    expect(text).toContain('{name="a"} NaN\n');
    expect(text).toContain('{name="b"} +Inf\n');
    expect(text).toContain('{name="c"} -Inf\n');
    expect(text).toContain('{name="d"} 0\n');
    expect(troubles.map(({ code }) => code)).toEqual(['invalid_value']);
  });

  it('holds the time, and durations', async () => {
    const { gauge, clock, value } = setup();
    gauge.setToCurrentTime({ name: 'now' });
    expect(await value({ name: 'now' })).toBe(Date.UTC(2025, 0, 1) / 1000);
    const end = gauge.startTimer();
    const endHandle = gauge.labels('job').startTimer();
    clock.advanceSync(1500);
    expect(end({ name: 'end' })).toBe(1.5);
    expect(await value({ name: 'end' })).toBe(1.5);
    clock.advanceSync(500);
    expect(endHandle()).toBe(2);
    expect(await value({ name: 'job' })).toBe(2);
  });

  it('can be set when it is read, at once or later', async () => {
    const { registry } = testRegistry();
    registry.getOrCreate(Gauge, {
      name: 'a',
      help: 'a',
      collect() {
        this.set(1);
      },
    });
    registry.getOrCreate(Gauge, {
      name: 'b',
      help: 'b',
      labelNames: ['x'],
      async collect() {
        await Promise.resolve();
        this.set({ x: 'y' }, 2);
      },
    });
    const text = await registry.metrics();
    expect(text).toContain('a 1\n');
    expect(text).toContain('b{x="y"} 2\n');
  });
});
