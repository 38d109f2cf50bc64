import type { HrTime } from '@opentelemetry/api';
import type { ExponentialHistogramData } from './exponential-data.js';
import type { HistogramReading, Reading } from './metric-form.js';
import type { Series } from './series.js';

/** What a reader saw of a series the last time. */
interface Seen {
  startedAt: number;
  time: HrTime;
  /** In wall-clock milliseconds. */
  at: number;
  value: Reading;
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
  /** Exemplars from this moment on, in wall-clock milliseconds, are new; 0 where the value is the whole. */
  readonly from: number;
}

/**
 * For one reader: what each series has gathered since that reader looked last. The whole of it where the series
 * began anew in between; `undefined` where nothing has happened.
 */
export class Deltas {
  readonly #seen = new WeakMap<Series, Seen>();

  /** @param mayFall where it may, a lesser value does not mean that it began anew */
  since<R extends Reading>(
    series: Series,
    value: R,
    began: HrTime,
    time: HrTime,
    at: number,
    mayFall: boolean,
  ): Since<R> | undefined {
    const { startedAt } = series;
    const seen = this.#seen.get(series);
    this.#seen.set(series, { startedAt, time, at, value });
    if (seen?.startedAt !== startedAt || !(mayFall || !isLess(value, seen.value))) {
      return { value: copyOf(value) as R, startTime: began, from: 0 };
    }
    const difference = differenceOf(series, value, seen.value) as R | undefined;
    if (difference === undefined) return undefined;
    return { value: difference, startTime: seen.time, from: seen.at };
  }
}

/** What an exporter is given it may change; this reader needs its own at the next reading. */
function copyOf(reading: Reading): Reading {
  return isClassic(reading) ? { ...reading, counts: [...reading.counts] } : reading;
}

function isClassic(reading: Reading): reading is HistogramReading {
  return typeof reading === 'object' && 'counts' in reading;
}

function differenceOf(series: Series, now: Reading, last: Reading): Reading | undefined {
  if (typeof now === 'number') return now - (last as number) || undefined;
  if (now.count === (last as HistogramReading).count) return undefined;
  if (!isClassic(now)) return (series as ExponentialSeries).since(now, last as ExponentialHistogramData);
  const before = last as HistogramReading;
  return {
    counts: now.counts.map((count, i) => count - before.counts[i]!),
    sum: now.sum - before.sum,
    count: now.count - before.count,
  };
}

/** Whether it began anew within one and the same millisecond. */
function isLess(now: Reading, before: Reading): boolean {
  return typeof now === 'number' ? now < (before as number) : now.count < (before as HistogramReading).count;
}
