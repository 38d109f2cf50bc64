import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { embeddedSource } from '../../../src/query/embedded-source.js';
import { meanOf } from '../../../src/query/engine/range/sums.js';
import { bucketsFrom } from '../../../src/query/histogram/buckets.js';
import { type CounterResetHint, FloatHistogram } from '../../../src/query/histogram/histogram.js';
import { TimeSeriesStore } from '../../../src/query/store/store.js';

const STEP = 10_000;
const SHAPES = [
  { schema: 0, offset: 0 },
  { schema: 0, offset: 1 },
  { schema: 1, offset: 0 },
];

const float = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: -50, max: 50 }) },
  { weight: 1, arbitrary: fc.constantFrom(Number.NaN, Infinity, -Infinity, 0.1, -0, 1e9) },
);
/** How much is added to each bucket, the shape, and whether the counter begins anew. */
const step = fc.record({
  add: fc.tuple(fc.nat(3), fc.nat(3)),
  shape: fc.oneof({ weight: 9, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(2) }),
  reset: fc.oneof({ weight: 8, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
  hint: fc.constantFrom<CounterResetHint>('unknown', 'unknown', 'unknown', 'gauge', 'reset', 'not_reset'),
});

/** The range query slides; an instant query sees one window and nothing before it. */
async function agree(store: TimeSeriesStore, query: string, count: number): Promise<void> {
  const source = embeddedSource(store, { experimental: true });
  const range = await source.queryRange(query, { start: 0, end: count * STEP, step: STEP / 2 });
  const slid = new Map<number, number | FloatHistogram>();
  if (range.type === 'matrix')
    for (const { time, value } of range.series[0]?.points ?? []) slid.set(time, value);
  const warnings = new Set<string>();
  for (let time = 0; time <= count * STEP; time += STEP / 2) {
    const instant = await source.query(query, { time });
    const value = instant.type === 'vector' ? instant.samples[0]?.value : undefined;
    for (const text of [...instant.warnings, ...instant.infos]) warnings.add(text);
    const other = slid.get(time);
    if (typeof value === 'number' && Number.isFinite(value)) {
      expect(Math.abs((other as number) - value)).toBeLessThanOrEqual(1e-9 * Math.max(100, Math.abs(value)));
    } else if (value instanceof FloatHistogram && other instanceof FloatHistogram) expectNear(other, value);
    else expect(other).toEqual(value);
  }
  expect(new Set([...range.warnings, ...range.infos])).toEqual(warnings);
}

/** The same but for rounding: the buckets are, and what they hold is near. */
function expectNear(actual: FloatHistogram, expected: FloatHistogram): void {
  const numbers = ({ count, sum, zeroCount, positive, negative }: FloatHistogram): number[] => [
    count,
    sum,
    zeroCount,
    ...positive.counts,
    ...negative.counts,
  ];
  const shape = ({ schema, zeroThreshold, positive, negative, customValues, hint }: FloatHistogram) => ({
    shape: { schema, zeroThreshold, customValues, hint },
    indexes: [positive.indexes, negative.indexes],
  });
  expect(shape(actual)).toEqual(shape(expected));
  const others = numbers(expected);
  for (const [i, value] of numbers(actual).entries()) {
    const other = others[i]!;
    if (!Number.isFinite(other)) expect(value).toBe(other);
    else
      expect(Math.abs(value - other)).toBeLessThanOrEqual(1e-9 * Math.max(Math.abs(value), Math.abs(other)));
  }
}

/** Histograms of many kinds, runs of one kind being likely; now and then a float. */
const kinds = fc.constantFrom('plain', 'plain', 'plain', 'coarse', 'wide', 'custom', 'other', 'float');
const run = fc.record({
  kind: kinds,
  samples: fc.array(
    fc.record({
      counts: fc.array(
        fc.oneof(
          fc.nat(9),
          fc.integer({ min: 0, max: 999 }).map((n) => n / 10),
        ),
        { maxLength: 4 },
      ),
      offset: fc.integer({ min: -3, max: 3 }),
      zero: fc.nat(3),
      sum: fc.oneof(
        { weight: 20, arbitrary: fc.nat(1000) },
        { weight: 1, arbitrary: fc.constantFrom(Number.NaN, Infinity, -Infinity, 0.1) },
      ),
      hint: fc.constantFrom<CounterResetHint>('unknown', 'unknown', 'gauge', 'reset', 'not_reset'),
    }),
    { minLength: 1, maxLength: 15 },
  ),
});

interface Sample {
  counts: number[];
  offset: number;
  zero: number;
  sum: number;
  hint: CounterResetHint;
}

function sampleOf(kind: string, { counts, offset, zero, sum, hint }: Sample): number | FloatHistogram {
  if (kind === 'float') return sum;
  const count = counts.reduce((total, value) => total + value, 0);
  if (kind === 'custom' || kind === 'other') {
    const customValues = kind === 'custom' ? [1, 2, 5, 10] : [1, 2, 5, 20];
    return new FloatHistogram({
      schema: -53,
      customValues,
      count,
      sum,
      hint,
      positive: bucketsFrom(0, counts),
    });
  }
  return new FloatHistogram({
    schema: kind === 'coarse' ? 0 : 2,
    count: count * 2 + zero,
    sum,
    hint,
    zeroThreshold: kind === 'wide' ? 0.9 : 0.001,
    zeroCount: zero,
    positive: bucketsFrom(offset, counts),
    negative: bucketsFrom(-offset, counts),
  });
}

/** Adds up the histograms of each window one after the other; the query must say the same, and warn of the same. */
async function agreeWithFold(
  store: TimeSeriesStore,
  query: string,
  samples: readonly (number | FloatHistogram)[],
): Promise<void> {
  const range = await embeddedSource(store).queryRange(query, {
    start: 0,
    end: (samples.length - 1) * STEP,
    step: STEP,
  });
  const slid = new Map<number, number | FloatHistogram>();
  if (range.type === 'matrix')
    for (const { time, value } of range.series[0]?.points ?? []) slid.set(time, value);
  const size = query.includes('[45s]') ? 5 : 16;
  const obstacles = new Set<string>();
  for (let last = 0; last < samples.length; last++) {
    const window = samples.slice(Math.max(0, last - size + 1), last + 1);
    const histograms = window.filter((sample) => typeof sample !== 'number');
    const other = slid.get(last * STEP);
    if (histograms.length === 0) continue;
    let sum: FloatHistogram | undefined = histograms[0]!;
    let obstacle = histograms.length < window.length ? 'mix of histograms and floats' : undefined;
    for (const [i, next] of histograms.entries()) {
      if (i === 0 || obstacle !== undefined) continue;
      const incompatible = sum.incompatibility(next);
      if (incompatible === 'schema') obstacle = 'exponential and custom';
      else if (incompatible === 'bounds') obstacle = 'incompatible custom buckets';
      else sum = query.startsWith('sum') ? sum.add(next) : meanOf(sum, next, i + 1);
    }
    if (obstacle !== undefined) obstacles.add(obstacle);
    if (obstacle !== undefined) expect(other).toBeUndefined();
    else expectNear(other as FloatHistogram, sum);
  }
  expect(range.warnings.length).toBe(obstacles.size);
  for (const text of obstacles) expect(range.warnings.some((warning) => warning.includes(text))).toBe(true);
}

describe('a window that slides sees what a window alone sees', () => {
  it.each([
    'mad_over_time(x[45s])',
    'ts_of_min_over_time(x[45s])',
    'ts_of_max_over_time(x[45s])',
    'double_exponential_smoothing(x[45s], 0.3, 0.6)',
    'double_exponential_smoothing(x[45s], 0.01, 0.99)',
    'quantile_over_time(0.3, x[45s])',
    'max_over_time(x[45s])',
    'min_over_time(x[75s])',
  ])('%s, with a histogram now and then', async (query) => {
    const histogram = new FloatHistogram({ schema: 0, count: 1, sum: 1 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.oneof({ weight: 30, arbitrary: float }, { weight: 1, arbitrary: fc.constant(histogram) }),
          {
            minLength: 1,
            maxLength: 30,
          },
        ),
        async (values) => {
          const store = new TimeSeriesStore({ retention: Infinity });
          for (const [i, value] of values.entries()) store.append({ __name__: 'x' }, value, i * STEP);
          await agree(store, query, values.length);
        },
      ),
      { numRuns: 60 },
    );
  });

  it.each(['rate(h_total[45s])', 'increase(h_total[25s])', 'delta(h_total[45s])'])('%s', async (query) => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 30 }), async (steps) => {
        const store = new TimeSeriesStore({ retention: Infinity });
        let buckets = [1, 1];
        for (const [i, { add, shape, reset, hint }] of steps.entries()) {
          buckets = reset ? [...add] : [buckets[0]! + add[0], buckets[1]! + add[1]];
          const { schema, offset } = SHAPES[shape]!;
          const count = buckets[0]! + buckets[1]!;
          const histogram = new FloatHistogram({
            schema,
            count,
            sum: count * 2,
            positive: bucketsFrom(offset, buckets),
            hint,
          });
          store.append({ __name__: 'h_total' }, histogram, i * STEP);
        }
        await agree(store, query, steps.length);
      }),
      { numRuns: 60 },
    );
  });

  it.each([
    'sum_over_time(h[45s])',
    'sum_over_time(h[155s])',
    'avg_over_time(h[45s])',
    'avg_over_time(h[155s])',
  ])('%s, resolutions, zero buckets, bounds and types changing', async (query) => {
    await fc.assert(
      fc.asyncProperty(fc.array(run, { minLength: 1, maxLength: 5 }), async (runs) => {
        const store = new TimeSeriesStore({ retention: Infinity });
        const samples = runs.flatMap(({ kind, samples }) => samples.map((sample) => sampleOf(kind, sample)));
        for (const [i, sample] of samples.entries()) store.append({ __name__: 'h' }, sample, i * STEP);
        await agree(store, query, samples.length);
        await agreeWithFold(store, query, samples);
      }),
      { numRuns: 100 },
    );
  });

  it('smoothing over long windows, level and slope lively or sluggish', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof({ weight: 200, arbitrary: fc.integer() }, { weight: 1, arbitrary: float }), {
          minLength: 200,
          maxLength: 300,
          size: 'max',
        }),
        fc.constantFrom('0.5, 0.5', '0.01, 0.99', '0.99, 0.01', '0.02, 0.05'),
        async (values, factors) => {
          const store = new TimeSeriesStore({ retention: Infinity });
          for (const [i, value] of values.entries()) store.append({ __name__: 'x' }, value / 1e6, i * STEP);
          const query = `double_exponential_smoothing(x[15m], ${factors})`;
          await agree(store, query, values.length);
        },
      ),
      { numRuns: 8 },
    );
  });
});
