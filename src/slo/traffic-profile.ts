import type { Counts } from './count-ring.js';

const HOUR_MS = 3_600_000;
const DAY_HOURS = 24;
const WEEK_HOURS = 168;

/** How traffic goes up and down. */
export interface TrafficProfile {
  /** What it follows: nothing, the hours of a day, or those of a week. */
  readonly season: 'none' | 'daily' | 'weekly';
  /** Events that are expected between two moments. */
  expected(from: number, to: number): number;
}

/**
 * Learns the traffic of each hour from what was seen: of each hour of the week after two weeks, of each hour of the
 * day after two days, else one mean for all.
 */
export function trafficProfile(
  buckets: readonly (Counts & { time: number })[],
  step: number,
  watchedFrom: number,
): TrafficProfile {
  const seen = buckets.filter(({ time }) => time >= watchedFrom);
  const hours = (seen.length * step) / HOUR_MS;
  const season = hours >= 2 * WEEK_HOURS ? 'weekly' : hours >= 2 * DAY_HOURS ? 'daily' : 'none';
  const length = { none: 1, daily: DAY_HOURS, weekly: WEEK_HOURS }[season];
  const events = new Float64Array(length);
  const time = new Float64Array(length);
  for (const bucket of seen) {
    const at = Math.floor(bucket.time / HOUR_MS) % length;
    events[at]! += bucket.good + bucket.bad;
    time[at]! += step;
  }
  const perMs = events.map((count, i) => (time[i]! > 0 ? count / time[i]! : 0));
  return {
    season,
    expected(from, to) {
      let sum = 0;
      for (let at = from; at < to; ) {
        const next = season === 'none' ? to : Math.min(to, (Math.floor(at / HOUR_MS) + 1) * HOUR_MS);
        sum += perMs[Math.floor(at / HOUR_MS) % length]! * (next - at);
        at = next;
      }
      return sum;
    },
  };
}
