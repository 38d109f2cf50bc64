import type { HrTime } from '@opentelemetry/api';
import type { ExponentialHistogramData } from './exponential-data.js';
import type { Series } from './series.js';

/** What a reader saw of a series the last time. */
interface Seen {
  startedAt: number;
  time: HrTime;
  /** In wall-clock milliseconds. */
  at: number;
  value: number | HistogramReading | ExponentialHistogramData;
}

/** The state of a classic histogram at one moment. */
export interface HistogramReading {
  readonly counts: readonly number[];
  readonly sum: number;
  readonly count: number;
}

/** A series of a native histogram. It brings what only such need: who has none does not bundle it. */
export interface ExponentialSeries extends Series {
  data(): ExponentialHistogramData;
  /** What was observed between two readings. */
  since(now: ExponentialHistogramData, before: ExponentialHistogramData): ExponentialHistogramData;
}

/** What came since the last reading, and when that was. */
export interface Since<T> {
  readonly value: T;
  readonly startTime: HrTime;
  /** Exemplars from this moment on, in wall-clock milliseconds, are new. */
  readonly from: number;
}

/**
 * For one reader: what each series has gathered since that reader looked last. The whole of it where the series
 * began anew in between; `undefined` where nothing has happened.
 */
export class Deltas {
  readonly #seen = new WeakMap<Series, Seen>();

  /** @param mayFall where it may, a lesser value does not mean that it began anew */
  sum(
    series: Series,
    value: number,
    began: HrTime,
    time: HrTime,
    at: number,
    mayFall: boolean,
  ): Since<number> | undefined {
    const seen = this.#exchange(series, value, time, at, mayFall);
    if (seen === undefined) return { value, startTime: began, from: 0 };
    const difference = value - (seen.value as number);
    return difference === 0 ? undefined : { value: difference, startTime: seen.time, from: seen.at };
  }

  histogram(
    series: Series,
    value: HistogramReading,
    began: HrTime,
    time: HrTime,
    at: number,
  ): Since<HistogramReading> | undefined {
    const seen = this.#exchange(series, value, time, at);
    if (seen === undefined) return { value, startTime: began, from: 0 };
    const before = seen.value as HistogramReading;
    if (value.count === before.count) return undefined;
    return {
      value: {
        counts: value.counts.map((count, i) => count - before.counts[i]!),
        sum: value.sum - before.sum,
        count: value.count - before.count,
      },
      startTime: seen.time,
      from: seen.at,
    };
  }

  exponential(
    series: ExponentialSeries,
    value: ExponentialHistogramData,
    began: HrTime,
    time: HrTime,
    at: number,
  ): Since<ExponentialHistogramData> | undefined {
    const seen = this.#exchange(series, value, time, at);
    if (seen === undefined) return { value, startTime: began, from: 0 };
    const before = seen.value as ExponentialHistogramData;
    if (value.count === before.count) return undefined;
    return { value: series.since(value, before), startTime: seen.time, from: seen.at };
  }

  /** What was seen last of this life of the series, if anything; and remembers what is now. */
  #exchange(
    series: Series,
    value: Seen['value'],
    time: HrTime,
    at: number,
    mayFall = false,
  ): Seen | undefined {
    const { startedAt } = series;
    const seen = this.#seen.get(series);
    this.#seen.set(series, { startedAt, time, at, value });
    return seen?.startedAt === startedAt && (mayFall || !isLess(value, seen.value)) ? seen : undefined;
  }
}

/** Whether it began anew within one and the same millisecond. */
function isLess(now: Seen['value'], before: Seen['value']): boolean {
  return typeof now === 'number' ? now < (before as number) : now.count < (before as HistogramReading).count;
}
