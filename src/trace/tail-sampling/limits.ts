import type { Clock } from '../../common/clock.js';

/** A bucket that fills at a steady rate: `take(n)` says whether so many tokens were in it, and takes them. */
export function tokenBucket(clock: Clock, perSecond: number, capacity: number): (tokens: number) => boolean {
  let tokens = capacity;
  let at = clock.monotonic();
  return (wanted) => {
    const now = clock.monotonic();
    tokens = Math.min(capacity, tokens + ((now - at) / 1000) * perSecond);
    at = now;
    if (wanted > tokens) return false;
    tokens -= wanted;
    return true;
  };
}
