import { describe, expect, it } from 'vitest';
import {
  Counter,
  expireSeries,
  Gauge,
  Histogram,
  NativeHistogram,
  ObservableGauge,
  StateSet,
  Summary,
  UpDownCounter,
} from '../../src/metrics/index.js';
import { testRegistry } from './setup.js';

const labelNames = ['a'] as const;

function setup(metrics?: string[]) {
  const made = testRegistry();
  const { registry } = made;
  const of = (name: string) => ({ name, help: name, labelNames });
  const all = {
    counter: registry.getOrCreate(Counter, of('c_total')),
    updown: registry.getOrCreate(UpDownCounter, of('u')),
    gauge: registry.getOrCreate(Gauge, of('g')),
    histogram: registry.getOrCreate(Histogram, of('h')),
    native: registry.getOrCreate(NativeHistogram, of('n')),
    summary: registry.getOrCreate(Summary, of('s')),
    states: registry.getOrCreate(StateSet, { ...of('t'), states: ['on', 'off'] }),
  };
  const touch = (a: string) => {
    all.counter.inc({ a });
    all.updown.inc({ a }, 0);
    all.gauge.set({ a }, 5);
    all.histogram.observe({ a }, 1);
    all.native.observe({ a }, 1);
    all.summary.observe({ a }, 1);
    all.states.set({ a }, 'on');
  };
  const stop = expireSeries(registry, { afterSeconds: 100, ...(metrics && { metrics }) });
  const left = () =>
    Object.values(all).map((metric) =>
      metric
        .series()
        .map(({ text }) => text.slice(3, 4))
        .join(''),
    );
  return { ...made, ...all, touch, left, stop };
}

describe('expireSeries', () => {
  it('takes away what nobody touched, of every kind', async () => {
    const { clock, touch, left, registry } = setup();
    const plain = registry.getOrCreate(Gauge, { name: 'plain', help: 'p' });
    touch('x');
    touch('y');
    for (let i = 0; i < 10; i++) {
      await clock.advance(50_000);
      touch('x');
    }
    expect(left()).toEqual(Array(7).fill('x'));
    expect(plain.series()).toHaveLength(1);
    await clock.advance(126_000);
    expect(left()).toEqual(Array(7).fill(''));
  });

  it('keeps a series for its time, and no longer than a quarter more', async () => {
    const { clock, gauge } = setup();
    await clock.advance(10_000);
    gauge.set({ a: 'x' }, 1);
    await clock.advance(100_000);
    expect(gauge.series()).toHaveLength(1);
    await clock.advance(50_000);
    expect(gauge.series()).toHaveLength(0);
  });

  it('lets handles go on: from where they were while the series lives, from zero when it was gone', async () => {
    const { clock, counter, histogram, gauge } = setup();
    const handles = [counter.labels('x'), histogram.labels('x'), gauge.labels('x')] as const;
    const use = () => {
      handles[0].inc();
      handles[1].observe(1);
      handles[2].inc();
    };
    for (let i = 0; i < 5; i++) {
      use();
      await clock.advance(60_000);
    }
    const values = () => [handles[0].value, handles[1].count, handles[2].value];
    expect(values()).toEqual([5, 5, 5]);
    await clock.advance(200_000);
    expect(counter.series()).toEqual([]);
    use();
    expect(values()).toEqual([1, 1, 1]);
    expect(counter.series()).toEqual([handles[0]]);
  });

  it('leaves observable metrics to themselves', async () => {
    const { registry, clock } = setup();
    const observed = new ObservableGauge({
      name: 'o',
      help: 'o',
      labelNames,
      observe: (observe) => observe({ a: 'x' }, 1),
      registers: [registry],
    });
    await registry.collect();
    await clock.advance(1_000_000);
    expect(observed.series()).toHaveLength(1);
  });

  it('is for the metrics that are named, until it is stopped', async () => {
    const { clock, touch, left, stop } = setup(['c_total', 'g']);
    touch('x');
    await clock.advance(200_000);
    expect(left()).toEqual(['', 'x', '', 'x', 'x', 'x', 'x']);
    touch('y');
    stop();
    await clock.advance(1_000_000);
    expect(left()[0]).toBe('y');
  });

  it('refuses wrong options', () => {
    const { registry } = testRegistry();
    expect(() => expireSeries(registry, {} as never)).toThrow(/expireSeries: afterSeconds is NaN/);
    expect(() => expireSeries(registry, { afterSeconds: 0 })).toThrow(/afterSeconds is 0/);
    expect(() => expireSeries({} as never, { afterSeconds: 1 })).toThrow(/registry is \{\}/);
  });
});
