import type { Clock } from './clock.js';

/**
 * Waits for a promise, but `ms` milliseconds at most. Fulfilled with whether the promise was in time; rejected
 * as the promise is, where it rejects in time. What others call a promise may be none: it counts as fulfilled.
 */
export function withinTime(promise: unknown, ms: number, clock: Clock): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const timer = clock.setTimeout(() => resolve(false), ms);
    Promise.resolve(promise)
      .then(() => resolve(true), reject)
      .finally(() => timer.cancel());
  });
}
