import type { Counts } from './count-ring.js';

const DAY_MS = 86_400_000;
/** Days that are looked at, and that are needed. */
const DAYS = 7;
const FEWEST = 3;
/** Standard errors from which on a trend counts as one. */
const BEYOND_DOUBT = 2.5;
/** A trend goes on for the time of a forecast, so it is not believed to be steeper than this, a day. */
const STEEPEST = 0.5;

/**
 * By what share of itself the error ratio changes in a day: a line through the ratios of the last days, weighted by
 * traffic. 0 where there is too little history, or where chance alone may have drawn the line.
 */
export function trendOf(
  buckets: readonly (Counts & { time: number })[],
  step: number,
  watchedFrom: number,
): number {
  const end = (buckets.at(-1)?.time ?? 0) + step;
  const days: Counts[] = [];
  for (const { time, good, bad } of buckets) {
    const age = Math.floor((end - 1 - time) / DAY_MS);
    if (age >= DAYS || time < watchedFrom) continue;
    days[age] ??= { good: 0, bad: 0 };
    days[age].good += good;
    days[age].bad += bad;
  }
  const points = days.flatMap(({ good, bad } = { good: 0, bad: 0 }, age) =>
    good + bad > 0 ? [{ x: -age, y: bad / (good + bad), weight: good + bad, bad }] : [],
  );
  if (points.length < FEWEST) return 0;
  const sum = (of: (point: (typeof points)[number]) => number) =>
    points.reduce((all, point) => all + of(point), 0);
  const weight = sum((point) => point.weight);
  const meanX = sum((point) => point.weight * point.x) / weight;
  const meanY = sum((point) => point.weight * point.y) / weight;
  const spread = sum((point) => point.weight * (point.x - meanX) ** 2);
  if (meanY === 0 || spread === 0) return 0;
  const slope = sum((point) => point.weight * (point.x - meanX) * (point.y - meanY)) / spread;
  const rest = sum((point) => point.weight * (point.y - meanY - slope * (point.x - meanX)) ** 2);
  // At least the chance of counting: a line through few points may fit by accident.
  const variance = Math.max(rest / (points.length - 2), meanY) / spread;
  if (Math.abs(slope) < BEYOND_DOUBT * Math.sqrt(variance)) return 0;
  return Math.max(-STEEPEST, Math.min(STEEPEST, slope / meanY));
}
