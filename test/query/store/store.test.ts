import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TelltaleError } from '../../../src/common/errors.js';
import { seededRandom } from '../../../src/common/random.js';
import { bucketsFrom } from '../../../src/query/histogram/buckets.js';
import { FloatHistogram } from '../../../src/query/histogram/histogram.js';
import { Matcher } from '../../../src/query/matcher.js';
import { FLOAT, HISTOGRAM, SampleBuffer, STALE } from '../../../src/query/store/sample-buffer.js';
import { TimeSeriesStore } from '../../../src/query/store/store.js';
import { Work } from '../../../src/query/work.js';
import { FakeClock } from '../../../src/testing/fake-clock.js';

const value = fc.oneof(
  fc.double(),
  fc.integer(),
  fc.double({ noNaN: true, min: 0, max: 1000 }).map((number) => Math.round(number * 100) / 100),
  fc.constantFrom(
    0,
    -0,
    Number.NaN,
    Infinity,
    -Infinity,
    Number.MAX_VALUE,
    Number.MIN_VALUE,
    2 ** 53,
    0.1 + 0.2,
  ),
);
const histogram = fc
  .record({
    schema: fc.integer({ min: -4, max: 8 }),
    count: value,
    sum: value,
    zeroCount: value,
    zeroThreshold: fc.constantFrom(0, 0.001),
    offset: fc.integer({ min: -50, max: 50 }),
    counts: fc.array(value, { maxLength: 5 }),
  })
  .map(
    ({ offset, counts, ...fields }) =>
      new FloatHistogram({ ...fields, positive: bucketsFrom(offset, counts) }),
  );

describe('TimeSeriesStore', () => {
  it('gives back every sample exactly as it was appended', () => {
    const sample = fc.record({
      gap: fc.oneof(fc.constant(15_000), fc.integer({ min: 1, max: 60_000 }), fc.constant(30 * 86_400_000)),
      value: fc.oneof(
        { weight: 8, arbitrary: value },
        { weight: 1, arbitrary: fc.constant('stale' as const) },
        histogram,
      ),
    });
    fc.assert(
      fc.property(
        fc.array(sample, { maxLength: 300 }),
        fc.integer({ min: -(2 ** 40), max: 2 ** 41 }),
        (samples, start) => {
          const store = new TimeSeriesStore({ retention: Infinity });
          const series = store.series({ __name__: 'x' })!;
          let time = start;
          const times = samples.map(({ gap }) => {
            time += gap;
            return time;
          });
          for (const [i, sample] of samples.entries()) {
            if (sample.value === 'stale') series.appendStale(times[i]!);
            else store.append(series.labels, sample.value, times[i]);
          }
          const read = new SampleBuffer();
          series.read(-Infinity, Infinity, read);
          expect(read.length).toBe(samples.length);
          for (const [i, { value: expected }] of samples.entries()) {
            expect(read.times[i]).toBe(times[i]);
            if (expected === 'stale') expect(read.kinds[i]).toBe(STALE);
            else if (typeof expected === 'number') {
              expect(read.kinds[i]).toBe(FLOAT);
              expect(Object.is(read.values[i], expected)).toBe(true);
            } else {
              expect(read.kinds[i]).toBe(HISTOGRAM);
              expect(read.histograms[i]).toEqual(expected);
            }
          }
        },
      ),
      { numRuns: 200 },
    );
  });

  it('reads all samples of a window, however many blocks it takes', () => {
    const store = new TimeSeriesStore({ retention: Infinity });
    const series = store.series({ __name__: 'x' })!;
    for (let i = 0; i < 1000; i++) series.append(i * 1000, i);
    fc.assert(
      fc.property(fc.nat(1000), fc.nat(1000), (a, b) => {
        const [from, to] = [Math.min(a, b) * 1000, Math.max(a, b) * 1000];
        const read = new SampleBuffer();
        series.read(from, to, read);
        const inside = [...read.values.subarray(0, read.length)].filter(
          (i) => i * 1000 >= from && i * 1000 <= to,
        );
        const expected = Array.from({ length: 1000 }, (_, i) => i).filter(
          (i) => i * 1000 >= from && i * 1000 <= to,
        );
        expect(inside).toEqual(expected);
      }),
    );
  });

  it('needs little for counters and gauges', () => {
    const bytesPerSample = (next: (i: number) => number): number => {
      const store = new TimeSeriesStore({ retention: Infinity });
      const series = store.series({ __name__: 'x' })!;
      for (let i = 0; i < 6400; i++) series.append(1_700_000_000_000 + i * 15_000, next(i));
      series.release();
      return store.stats.bytes / 6400 - (16 * 64 * 12) / 6400; // less the room in which samples wait
    };
    let total = 0;
    const noise = (i: number): number => (Math.imul(i, 2_654_435_761) >>> 8) % 100;
    expect(bytesPerSample((i) => (total += noise(i)))).toBeLessThan(2);
    expect(bytesPerSample((i) => 20 + noise(i) / 10)).toBeLessThan(2);
    expect(bytesPerSample(() => 1)).toBeLessThan(0.5);
  });

  it('refuses what is out of order, repeated or at no time, and counts it', () => {
    const store = new TimeSeriesStore({ retention: Infinity });
    const series = store.series({ __name__: 'x' })!;
    expect(series.append(2000, 1)).toBe(true);
    expect(series.append(1000, 1)).toBe(false);
    expect(series.append(2000, 1)).toBe(false); // the same once more: no harm
    expect(series.append(2000, 2)).toBe(false);
    expect(series.append(Number.NaN, 2)).toBe(false);
    expect(series.append(2000.5, 2)).toBe(false);
    expect(series.append(Infinity, 2)).toBe(false);
    expect(store.stats).toMatchObject({ appended: 1, outOfOrder: 1, duplicate: 1, invalidTime: 3 });
  });

  it('keeps samples for the retention, and series as long as they have any', async () => {
    const clock = new FakeClock({ now: 0 });
    const store = new TimeSeriesStore({ retention: 3_600_000, clock });
    for (let i = 0; i < 40_000; i++) {
      clock.advanceSync(1000);
      store.append({ __name__: 'kept' }, Math.sin(i));
      if (i < 1000) store.append({ __name__: 'ended' }, Math.cos(i));
    }
    expect(store.labelValues('__name__')).toEqual(['kept']);
    expect(store.stats.series).toBe(1);
    // Of 40,000 samples some 3,600 are young enough; whole slabs of blocks go at a time.
    const read = new SampleBuffer();
    store.series({ __name__: 'kept' })!.read(-Infinity, Infinity, read);
    expect(read.length).toBeGreaterThanOrEqual(3600);
    expect(read.length).toBeLessThan(35_000);
  });

  it('holds no more bytes than it may', () => {
    const store = new TimeSeriesStore({ retention: Infinity, maxBytes: 2 ** 20 });
    const series = store.series({ __name__: 'x' })!;
    const random = seededRandom(1);
    for (let i = 0; i < 500_000; i++) {
      series.append(i, random.float());
      if (i % 10_000 === 0) store.prune(i);
    }
    store.prune(500_000);
    expect(store.stats.bytes).toBeLessThan(2 ** 20 + 64 * 1024);
    const read = new SampleBuffer();
    series.read(-Infinity, Infinity, read);
    expect(read.times[read.length - 1]).toBe(499_999);
  });

  it('takes no more series than it may', () => {
    const store = new TimeSeriesStore({ maxSeries: 2 });
    expect(store.append({ __name__: 'a' }, 1)).toBe(true);
    expect(store.append({ __name__: 'b' }, 1)).toBe(true);
    expect(store.append({ __name__: 'c' }, 1)).toBe(false);
    expect(store.append({ __name__: 'a' }, 2, Date.now() + 1000)).toBe(true);
    expect(store.stats).toMatchObject({ series: 2, tooManySeries: 1 });
  });

  it('mends labels that are no text, and tells label sets apart whatever they hold', () => {
    const store = new TimeSeriesStore();
    store.append({ __name__: 'x', a: 'lone \ud800 surrogate', __proto__: 'y' }, 1);
    expect(store.labelValues('a')).toEqual(['lone \ufffd surrogate']);
    store.append({ a: '1\u00002', b: '' }, 1);
    store.append({ a: '1', '\u00002': '' }, 1);
    expect(store.stats.series).toBe(3);
  });

  it('selects by every kind of matcher as trying each series would', async () => {
    const store = new TimeSeriesStore({ retention: Infinity });
    const labels = ['', 'a', 'b', 'ab', 'a.b', 'c'];
    for (const x of labels) for (const y of labels) store.append({ __name__: 'm', x, y }, 1, 0);
    const pattern = fc.constantFrom(
      'a',
      'a|b',
      'a.*',
      '.*b',
      '.+',
      '.*',
      'a.+',
      '.*a.*',
      '[ab]+',
      'a\\.b',
      '',
      'a|',
      '(?i)A',
    );
    const matcher = fc
      .tuple(fc.constantFrom('x', 'y', 'z'), fc.constantFrom('=', '!=', '=~', '!~'), pattern)
      .map(([name, operator, text]) => new Matcher(name, operator as '=', text));
    await fc.assert(
      fc.asyncProperty(fc.array(matcher, { minLength: 1, maxLength: 3 }), async (matchers) => {
        const work = new Work({ maxSamples: 1e9, timeout: 1e9 });
        const selected = await store.select(matchers, 0, 1, work);
        const all = await store.select([new Matcher('__name__', '=', 'm')], 0, 1, work);
        const expected = all.filter((series) => matchers.every((one) => one.matchesLabels(series.labels)));
        const keys = (list: typeof all): string[] => list.map((series) => series.labels.toString()).sort();
        expect(keys(selected)).toEqual(keys(expected));
      }),
    );
  });

  it('refuses wrong options', () => {
    expect(() => new TimeSeriesStore({ retention: -1 })).toThrow(TelltaleError);
    expect(() => new TimeSeriesStore({ maxSeries: 0.5 })).toThrow(
      'maxSeries is 0.5; accepted: a whole number',
    );
    expect(() => new TimeSeriesStore({ retentoin: 1 } as never)).toThrow('unknown option "retentoin"');
  });
});
