import type { Clock } from './clock.js';

/**
 * Waits for a promise, but `ms` milliseconds at most. Fulfilled with whether the promise was in time; rejected
 * as the promise is, where it rejects in time.
 */
export function withinTime(promise: Promise<unknown>, ms: number, clock: Clock): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const timer = clock.setTimeout(() => resolve(false), ms);
    promise.then(
      () => {
        timer.cancel();
        resolve(true);
      },
      (error: unknown) => {
        timer.cancel();
        reject(error);
      },
    );
  });
}
