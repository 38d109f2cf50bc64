import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PromqlEngine } from '../../../src/query/engine/engine.js';
import { QueryError } from '../../../src/query/errors.js';
import { FloatHistogram } from '../../../src/query/histogram/histogram.js';
import type { Labels } from '../../../src/query/labels.js';
import { type NotedSeries, parseSeries } from '../../../src/query/notation/series.js';
import type { QueryResult, ResultPoint } from '../../../src/query/result.js';
import { TimeSeriesStore } from '../../../src/query/store/store.js';
import { FakeClock } from '../../../src/testing/fake-clock.js';
import { expressions } from '../promql/generate.js';

const engine = new PromqlEngine({ experimental: true });

function storeOf(step: number, lines: readonly (string | NotedSeries)[]): TimeSeriesStore {
  const store = new TimeSeriesStore({ retention: Infinity });
  for (const line of lines) {
    const { labels, values } = typeof line === 'string' ? parseSeries(line) : line;
    for (const [i, value] of values.entries()) {
      if (value === 'stale') store.series(labels)!.appendStale(i * step);
      else if (value !== undefined) store.append(labels, value, i * step);
    }
  }
  return store;
}

describe('PromqlEngine', () => {
  it('gives in a range query at each step what an instant query gives at that moment', {
    timeout: 120_000,
  }, async () => {
    const vocabulary = {
      metrics: ['a_total', 'b', 'h'],
      labels: ['job', 'instance'],
      values: ['x', 'y', ''],
    };
    const store = storeOf(30_000, [
      'a_total{job="x", instance="1"} 0+7x20 3+5x20',
      'a_total{job="x", instance="2"} _x5 1 2 stale _x3 1e17 5 NaN 3 Inf 1 0+1x12',
      'a_total{job="y"} 5 _x20 6 7 8 _x6 9',
      'b{job="x"} 1-3x10 NaN 4 -Inf 7 2.5+0.1x25',
      'b{job="y", instance="1"} 0.1+0.3x40',
      'h{job="x"} {{schema:0 sum:5 count:4 buckets:[1 2 1]}}+{{sum:2 count:1 buckets:[1] offset:1}}x20 {{count:1 sum:1 buckets:[1]}} 5 6',
      'h{job="y"} {{schema:1 sum:1 count:3 z_bucket:1 z_bucket_w:0.01 n_buckets:[1 1] counter_reset_hint:gauge}}x30',
    ]);
    await fc.assert(
      fc.asyncProperty(expressions(vocabulary, true), async (query) => {
        // What depends on the ends of the query itself differs by definition.
        fc.pre(!/@ (start|end)/.test(query));
        const [start, end, step] = [0, 1_200_000, 150_000];
        const range = await outcome(() => engine.queryRange(store, query, start, end, step));
        // A series that `or` makes of both sides has the name of its first sample, which an instant does not see.
        const named = !/\bor\b/i.test(query);
        let failed = false;
        for (let time = start; time <= end; time += step) {
          const instant = await outcome(() => engine.query(store, query, time));
          if (instant instanceof Error) failed = true;
          if (instant instanceof Error || range instanceof Error) continue;
          expectSame(pointsAt(range, time, named), pointsAt(instant, time, named));
        }
        // One step that fails makes the range fail. (The other way, names that clash at different steps do so too.)
        if (failed) expect(range).toBeInstanceOf(QueryError);
      }),
      { numRuns: 300, examples: [['(abs(h) or (+h))']] },
    );
  });

  it('keeps or drops the name of a series from both sides of "or" as its first sample says', async () => {
    const store = storeOf(60_000, ['h{a="x"} {{count:1 sum:1 buckets:[1]}} 5 6', 'g{a="x"} 5 6 {{count:1}}']);
    const lines = async (query: string) => {
      const result = await engine.queryRange(store, query, 0, 120_000, 60_000);
      return result.type === 'matrix' && result.series.map((s) => `${s.labels} ${s.points.length}`);
    };
    // A histogram has no absolute value, so the first sample comes from the right.
    expect(await lines('abs(h) or +h')).toEqual(['h{a="x"} 3']);
    expect(await lines('abs(g) or +g')).toEqual(['{a="x"} 3']);
    expect(await lines('+g or abs(g)')).toEqual(['g{a="x"} 3']);
  });

  it('slides windows as though each were looked at alone', async () => {
    const functions = ['rate', 'increase', 'delta', 'irate', 'idelta', 'changes', 'resets', 'deriv'].concat(
      ['sum', 'avg', 'min', 'max', 'count', 'last', 'stddev', 'stdvar', 'mad', 'present'].map(
        (f) => `${f}_over_time`,
      ),
    );
    const value = fc.oneof(fc.integer({ min: 0, max: 50 }), fc.constantFrom(0.1, -3.5, 1e9, Number.NaN));
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.option(value, { nil: undefined }), { minLength: 30, maxLength: 120 }),
        fc.constantFrom(...functions),
        async (values, name) => {
          const { labels } = parseSeries('x_total{a="b"}');
          const store = storeOf(10_000, [{ labels, values }]);
          const query = `${name}(x_total[3m])`;
          // Where great numbers cancel out, what is left of their last digits depends on the order of adding.
          const greatest = Math.max(...values.map((v) => Math.abs(v || 0)));
          const noise = Math.max(1e-9, greatest * 1e-15);
          const range = await engine.queryRange(store, query, 0, 1_000_000, 20_000);
          for (let time = 0; time <= 1_000_000; time += 20_000) {
            const alone = await engine.query(store, query, time);
            expectSame(pointsAt(range, time), pointsAt(alone, time), noise);
          }
        },
      ),
      {
        numRuns: 60,
        examples: [
          // Four numbers on a level line.
          [[...Array(8).fill(undefined), 0, ...Array(17).fill(undefined), 0, 1e9, 0, 1e9], 'deriv'],
        ],
      },
    );
  });

  it('drops names at the end, or at once', async () => {
    const store = storeOf(60_000, ['a_total{i="1"} 0+60x10', 'b_total{i="1"} 0+120x10']);
    const atOnce = new PromqlEngine({ delayedNameRemoval: false });
    const ask = async (engine: PromqlEngine, query: string) => {
      const result = await engine.query(store, query, 600_000);
      return result.type === 'vector' ? result.samples.map(({ labels, value }) => `${labels} ${value}`) : [];
    };
    const clash = 'vector cannot contain metrics with the same labelset';
    const counted = 'count(rate({__name__=~"a_total|b_total"}[5m]))';
    expect(await ask(engine, counted)).toEqual(['{} 2']);
    await expect(ask(atOnce, counted)).rejects.toThrow(clash);
    const replaced = 'label_replace(-a_total, "was", "$1", "__name__", "(.+)_total")';
    expect(await ask(engine, replaced)).toEqual(['{i="1", was="a"} -600']);
    expect(await ask(atOnce, replaced)).toEqual(['{i="1"} -600']);
    const inside = 'count(max_over_time((-{__name__=~".+"})[5m:1m]))';
    expect(await ask(engine, inside)).toEqual(['{} 2']);
    await expect(ask(atOnce, inside)).rejects.toThrow(clash);
    for (const one of [engine, atOnce]) {
      expect(await ask(one, 'last_over_time(a_total[5m]) > 1')).toEqual(['a_total{i="1"} 600']);
      await expect(ask(one, 'abs({i="1"})')).rejects.toThrow(clash);
    }
  });

  it('opens windows on the left and closes them on the right', async () => {
    const store = storeOf(60_000, ['x 1 2 3 4 5 6']);
    expect(await sampleOf(store, 'count_over_time(x[2m])', 240_000)).toBe(2);
    expect(await sampleOf(store, 'sum_over_time(x[2m])', 240_000)).toBe(9);
    expect(await sampleOf(store, 'x', 300_000 + 299_999)).toBe(6);
    expect(await sampleOf(store, 'x', 300_000 + 300_000)).toBeUndefined();
  });

  it('does not add up rounding errors', async () => {
    const store = storeOf(1000, ['x 1 1e100 1 -1e100', 'y 0.1+0x9']);
    expect(await sampleOf(store, 'sum_over_time(x[10s])', 9000)).toBe(2);
    expect(await sampleOf(store, 'sum(sum_over_time(y[10s]))', 9000)).toBe(1);
    const huge = storeOf(1000, ['x 1.7e308+0x9']);
    expect(await sampleOf(huge, 'avg_over_time(x[10s])', 9000)).toBeCloseTo(1.7e308, -300);
  });

  it('tells in annotations where they come from', async () => {
    const store = storeOf(60_000, ['x 1 2 3', 'h {{count:1 sum:1 buckets:[1]}}x5']);
    const rate = await engine.query(store, '1 +\n  rate(x[5m])', 120_000);
    expect(rate.infos).toEqual([
      'PromQL info: metric might not be a counter, name does not end in _total/_sum/_count/_bucket: "x" (2:8)',
    ]);
    const quantile = await engine.query(store, 'quantile(1.5, x)', 120_000);
    expect(quantile.warnings).toEqual([
      'PromQL warning: quantile value should be between 0 and 1, got 1.5 (1:10)',
    ]);
    const mixed = await engine.query(store, 'h > x', 120_000);
    expect(mixed.infos[0]).toContain(
      'incompatible sample types encountered for binary operator ">": histogram > float',
    );
  });

  it.each([
    [
      'rate(x[5m]) + on() y',
      'found duplicate series for the match group {} on the right hand-side of the operation: [y{a="2"}, y{a="1"}];many-to-many matching not allowed: matching labels must be unique on one side',
    ],
    [
      'y / on() z',
      'multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)',
    ],
    ['label_replace(y, "a", "same", "", "")', 'vector cannot contain metrics with the same labelset'],
    ['topk(scalar(nothing), y)', 'Scalar value NaN overflows int64'],
    ['label_replace(y, "a", "$1", "b", "(")', 'invalid regular expression in label_replace(): ('],
    [
      'double_exponential_smoothing(y[5m], 2, 0.5)',
      'invalid smoothing factor. Expected: 0 < sf < 1, got: 2.000000',
    ],
  ])('fails on %s', async (query, message) => {
    const store = storeOf(60_000, ['x_total 1 2', 'x 1 2', 'y{a="1"} 1 2', 'y{a="2"} 1 2', 'z 1 2']);
    await expect(engine.query(store, query, 60_000)).rejects.toThrow(message);
    await expect(engine.query(store, query, 60_000)).rejects.toMatchObject({ type: 'execution' });
  });

  describe('limits', () => {
    const lines = Array.from({ length: 200 }, (_, i) => `x_total{i="${i}"} 0+${i}x100`);

    it('refuses what would take too many samples, points or characters', async () => {
      const store = storeOf(15_000, lines);
      const small = new PromqlEngine({ maxSamples: 1000, maxPoints: 100, maxQueryLength: 100 });
      await expect(small.queryRange(store, 'x_total', 0, 1_500_000, 15_001)).rejects.toThrow(
        'query processing would load too many samples into memory: the limit is 1000',
      );
      await expect(small.queryRange(store, 'x_total', 0, 1_500_000, 1000)).rejects.toThrow(
        'exceeded maximum resolution of 100 points per timeseries, got 1501',
      );
      await expect(small.query(store, `x_total${' '.repeat(100)}`, 0)).rejects.toThrow(
        'query is too long: 107 characters, the limit is 100',
      );
    });

    it('stops at the deadline', async () => {
      const clock = new FakeClock({ now: 0 });
      const slow = new PromqlEngine({ timeout: 50, clock });
      const store = storeOf(15_000, lines);
      const select = store.select.bind(store);
      store.select = async (...args) => {
        clock.advanceSync(100);
        return select(...args);
      };
      await expect(
        slow.queryRange(store, 'sum(rate(x_total[5m]))', 0, 1_500_000, 1000),
      ).rejects.toMatchObject({
        type: 'timeout',
        message: 'query timed out in expression evaluation: the limit is 50 ms',
      });
    });

    it('can be called off', async () => {
      const store = storeOf(15_000, lines);
      const before = AbortSignal.abort();
      await expect(engine.query(store, 'x_total', 0, { signal: before })).rejects.toMatchObject({
        type: 'canceled',
      });
      const controller = new AbortController();
      const query = 'sum(quantile_over_time(0.9, x_total[5m:1s]))';
      const running = engine.queryRange(store, query, 0, 1_500_000, 500, { signal: controller.signal });
      setTimeout(() => controller.abort(), 5);
      await expect(running).rejects.toMatchObject({ type: 'canceled' });
    });

    it('lets the event loop have its turns', async () => {
      const store = storeOf(15_000, lines);
      // On this clock every look finds the slice used up, so that the turns can be counted.
      let now = 0;
      const hurried = new PromqlEngine({
        clock: { now: () => 0, monotonic: () => (now += 10), setTimeout: () => ({ cancel: () => {} }) },
        timeout: 1e9,
      });
      let turns = 0;
      let done = false;
      const turn = (): void => {
        turns++;
        if (!done) setImmediate(turn);
      };
      setImmediate(turn);
      const query = 'sum by (i) (rate(x_total[5m])) / on(i) max_over_time(x_total[10m:10s])';
      await hurried.queryRange(store, query, 0, 1_500_000, 1000);
      done = true;
      // 200 series of 1,501 steps go through four operators: a turn at least every two series of each.
      expect(turns).toBeGreaterThan(400);
    });
  });

  it('refuses wrong options', () => {
    expect(() => new PromqlEngine({ lookback: 0 })).toThrow('PromqlEngine: lookback is 0');
    expect(() => new PromqlEngine({ experimantal: true } as never)).toThrow('unknown option "experimantal"');
  });
});

async function sampleOf(store: TimeSeriesStore, query: string, time: number): Promise<unknown> {
  const result = await engine.query(store, query, time);
  if (result.type !== 'vector') throw new Error(result.type);
  return result.samples[0]?.value;
}

async function outcome(run: () => Promise<QueryResult>): Promise<QueryResult | Error> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof QueryError && error.type !== 'internal') return error;
    throw error;
  }
}

/** What the series hold at a moment, in order. */
type Points = [labels: string, numbers: number[]][];

function pointsAt(result: QueryResult, time: number, named = true): Points {
  const points: Points = [];
  const add = (labels: Labels, value: ResultPoint['value']) =>
    points.push([`${named ? labels : labels.dropMetadata()}`, numbersOf(value)]);
  if (result.type === 'vector') {
    for (const { labels, value } of result.samples) add(labels, value);
  } else if (result.type === 'matrix') {
    for (const { labels, points: all } of result.series) {
      const point = all.find((candidate) => candidate.time === time);
      if (point !== undefined) add(labels, point.value);
    }
  }
  return points.sort(([a, [x]], [b, [y]]) => (a === b ? x! - y! : a < b ? -1 : 1));
}

function numbersOf(value: ResultPoint['value']): number[] {
  if (!(value instanceof FloatHistogram)) return [value];
  return value.buckets().flatMap(({ lower, upper, count }) => [lower, upper, count]);
}

/** Expects the same points, as far as the order of additions does not matter. */
function expectSame(actual: Points, expected: Points, noise = 1e-9): void {
  expect(actual.map(([labels]) => labels)).toEqual(expected.map(([labels]) => labels));
  for (const [i, [labels, theirs]] of expected.entries()) {
    const ours = actual[i]![1];
    const same = ours.length === theirs.length && ours.every((n, at) => isNear(n, theirs[at]!, noise));
    if (!same) expect.fail(`${labels}: ${ours} is not ${theirs}`);
  }
}

function isNear(a: number, b: number, noise: number): boolean {
  if (!Number.isFinite(a) || !Number.isFinite(b)) return Object.is(a, b);
  return Math.abs(a - b) <= Math.max(noise, 1e-6 * Math.abs(b));
}
