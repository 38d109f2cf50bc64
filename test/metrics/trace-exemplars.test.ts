import type { Span } from '@opentelemetry/api';
import { ROOT_CONTEXT } from '@opentelemetry/api';
import { describe, expect, it } from 'vitest';
import { processContexts, rootContext } from '../../src/common/context.js';
import { withSpan } from '../../src/common/with-span.js';
import {
  Counter,
  Gauge,
  Histogram,
  NativeHistogram,
  Summary,
  type TraceExemplarsOptions,
  traceExemplars,
} from '../../src/metrics/index.js';
import { FakeClock } from '../../src/testing/fake-clock.js';
import { testRegistry } from './setup.js';

const HELP = 'h';

/** A registry with exemplars, and the current span, which may be changed. */
function setup(options: TraceExemplarsOptions = {}) {
  const clock = new FakeClock({ now: 1_000_000 });
  let current: unknown;
  let looks = 0;
  const contextManager = {
    active() {
      looks++;
      return withSpan(rootContext, current as Span);
    },
  };
  const exemplars = traceExemplars({ clock, contextManager, ...options });
  const { registry } = testRegistry({ clock, exemplars });
  return {
    clock,
    registry,
    looks: () => looks,
    within(span: unknown) {
      current = span;
    },
  };
}

function span(id: string, traceFlags = 1): Span {
  const context = { traceId: id.repeat(32), spanId: id.repeat(16), traceFlags };
  return { spanContext: () => context } as unknown as Span;
}

describe('exemplars of sampled spans', () => {
  it('are kept for each bucket, with value, time and ids', () => {
    const { registry, within, clock } = setup();
    const histogram = registry.getOrCreate(Histogram, { name: 'h', help: HELP, buckets: [1, 2, 3] });
    within(span('a'));
    histogram.observe(0.5);
    clock.advanceSync(10);
    within(span('b'));
    histogram.observe(2.5);
    histogram.observe(99);
    expect(histogram.labels({}).exemplars!.read()).toEqual([
      { value: 0.5, time: 1_000_000, traceId: 'a'.repeat(32), spanId: 'a'.repeat(16) },
      undefined,
      { value: 2.5, time: 1_000_010, traceId: 'b'.repeat(32), spanId: 'b'.repeat(16) },
      { value: 99, time: 1_000_010, traceId: 'b'.repeat(32), spanId: 'b'.repeat(16) },
    ]);
  });

  it('are kept for counters and native histograms, of which no value is left out', () => {
    const { registry, within } = setup();
    const counter = registry.getOrCreate(Counter, { name: 'c_total', help: HELP });
    const native = registry.getOrCreate(NativeHistogram, { name: 'n', help: HELP });
    within(span('a'));
    counter.inc(3);
    for (const value of [0, 1.5, 3, 3.5, 1e300, -7, 1e-300]) native.observe(value);
    expect(counter.labels({}).exemplars!.read()).toMatchObject([{ value: 3, traceId: 'a'.repeat(32) }]);
    const kept = native.labels({}).exemplars!.read();
    expect(kept.length).toBeLessThanOrEqual(16);
    expect(kept.filter((one) => one !== undefined).length).toBeGreaterThanOrEqual(3);
    expect([counter.labels({}).value, native.labels({}).count]).toEqual([3, 7]);
  });

  it('are of no series that has none: gauges, summaries, other registries', () => {
    const { registry } = setup();
    expect(registry.getOrCreate(Gauge, { name: 'g', help: HELP }).labels({}).exemplars).toBeUndefined();
    expect(registry.getOrCreate(Summary, { name: 's', help: HELP }).labels({}).exemplars).toBeUndefined();
    const plain = testRegistry().registry.getOrCreate(Counter, { name: 'c_total', help: HELP });
    expect(plain.labels({}).exemplars).toBeUndefined();
  });

  it('are not taken where no span is current, it is not sampled, or it cannot be read', () => {
    const { registry, within } = setup({ interval: 0 });
    const counter = registry.getOrCreate(Counter, { name: 'c_total', help: HELP, labelNames: ['a'] });
    const hostile = {
      spanContext() {
        throw new Error('no');
      },
    };
    for (const [i, current] of [
      undefined,
      span('a', 0),
      hostile,
      {},
      { spanContext: () => undefined },
    ].entries()) {
      within(current);
      counter.inc({ a: i });
      expect(counter.labels({ a: i }).exemplars!.read()).toEqual([undefined]);
    }
  });

  it('are replaced once an interval, and looked for no more often', async () => {
    const { registry, within, clock, looks } = setup({ interval: 500 });
    const series = registry.getOrCreate(Counter, { name: 'c_total', help: HELP }).labels({});
    within(span('a'));
    for (let i = 1; i <= 1000; i++) series.inc();
    expect(looks()).toBe(1);
    within(span('b'));
    await clock.advance(499);
    series.inc();
    expect(series.exemplars!.read()).toMatchObject([{ traceId: 'a'.repeat(32) }]);
    await clock.advance(1);
    series.inc(2);
    expect(series.exemplars!.read()).toMatchObject([{ traceId: 'b'.repeat(32), value: 2 }]);
    expect(looks()).toBe(2);
  });

  it('cost a look at every eighth observation where nothing is sampled, and at the first of each interval', async () => {
    const { registry, within, clock, looks } = setup();
    const series = registry.getOrCreate(Counter, { name: 'c_total', help: HELP }).labels({});
    for (let i = 0; i < 800; i++) series.inc();
    expect(looks()).toBe(100);
    series.inc();
    await clock.advance(1000);
    within(span('a'));
    series.inc();
    expect(series.exemplars!.read()).toMatchObject([{ traceId: 'a'.repeat(32) }]);
  });

  it('begin anew with the series', () => {
    const { registry, within } = setup();
    const histogram = registry.getOrCreate(Histogram, {
      name: 'h',
      help: HELP,
      buckets: [1],
      labelNames: ['a'],
    });
    within(span('a'));
    const series = histogram.labels('x');
    series.observe(0.5);
    histogram.reset();
    within(undefined);
    series.observe(0.5);
    expect(series.exemplars!.read()).toEqual([undefined, undefined]);
  });

  it('carry labels of the user’s choice, if they fit beside the ids', async () => {
    let labels: unknown = { user: 'u1' };
    const { registry, within, clock } = setup({
      labels: () => labels as Record<string, string>,
      interval: 1,
    });
    const series = registry.getOrCreate(Counter, { name: 'c_total', help: HELP }).labels({});
    within(span('a'));
    const next = async (given: unknown) => {
      labels = given;
      await clock.advance(1);
      series.inc();
      return series.exemplars!.read()[0]!.labels;
    };
    expect(await next({ user: 'u1' })).toEqual({ user: 'u1' });
    expect(await next({ user: 'x'.repeat(61) })).toEqual({ user: 'x'.repeat(61) });
    expect(await next({ user: 'x'.repeat(62) })).toBeUndefined();
    for (const bad of [undefined, {}, null, { 'a-b': 'x' }, { a: undefined }])
      expect(await next(bad)).toBeUndefined();
  });

  it('find the span of the process’s contexts by themselves', async () => {
    const { registry } = testRegistry({ exemplars: traceExemplars() });
    const series = registry.getOrCreate(Counter, { name: 'c_total', help: HELP }).labels({});
    await processContexts().with(withSpan(ROOT_CONTEXT, span('c')), async () => {
      await Promise.resolve();
      series.inc();
    });
    expect(series.exemplars!.read()).toMatchObject([{ traceId: 'c'.repeat(32) }]);
  });

  it('refuses wrong options', () => {
    expect(() => traceExemplars({ interval: -1 })).toThrow(/traceExemplars: interval is -1/);
    expect(() => traceExemplars({ every: 1 } as never)).toThrow(/unknown option "every"/);
    expect(() => testRegistry({ exemplars: {} as never })).toThrow(
      /Registry: exemplars is \{\}; accepted: a function/,
    );
  });
});
