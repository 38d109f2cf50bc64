import type { SloTracker } from './tracker.js';

/** Whether this is a tracker and not what one is made of; by its shape, for the ESM and the CJS copy have each a class. */
export function isTracker(given: unknown): given is SloTracker {
  const { objective, status } = (given ?? {}) as Partial<SloTracker>;
  return typeof objective === 'object' && typeof status === 'function';
}
