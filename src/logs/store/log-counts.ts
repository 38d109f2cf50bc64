import { invalidOption } from '../../common/errors.js';
import type { LogQuery } from './log-query.js';

export interface LogCounts {
  /** The moment at which the interval begins: milliseconds since the Unix epoch. */
  readonly time: number;
  readonly total: number;
  /** How many there are of each level that there is. */
  readonly levels: Readonly<Record<string, number>>;
}

export interface LogCountsQuery extends LogQuery {
  /** Milliseconds. */
  interval: number;
}

/** Intervals that are returned at most. */
const MAX_INTERVALS = 10_000;

/** What was found by interval, with the intervals between. */
export function filledCounts(
  found: ReadonlyMap<number, Record<string, number>>,
  interval: number,
  owner: string,
): LogCounts[] {
  if (found.size === 0) return [];
  const slots = [...found.keys()];
  const first = slots.reduce((one, other) => Math.min(one, other));
  const last = slots.reduce((one, other) => Math.max(one, other));
  if (last - first >= MAX_INTERVALS) {
    const least = Math.ceil(((last - first) * interval) / MAX_INTERVALS);
    throw invalidOption(
      owner,
      'interval',
      interval,
      `at least ${least} here, for ${MAX_INTERVALS} intervals at most`,
    );
  }
  return Array.from({ length: last - first + 1 }, (_, i) => {
    const levels = found.get(first + i) ?? {};
    const total = Object.values(levels).reduce((sum, count) => sum + count, 0);
    return { time: (first + i) * interval, total, levels };
  });
}
