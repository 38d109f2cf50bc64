import { type Clock, systemClock } from '../../common/clock.js';
import { checkInteger, checkNumber, checkOptions } from '../../common/options.js';
import { LEVELS, type LevelThreshold, thresholdOf } from '../level.js';
import type { LogStage } from '../stage.js';
import { SuppressionCount } from './suppression-count.js';

export interface FirstThenEveryOptions {
  /** So many lines of a message are written in each interval. Default 100. */
  first?: number;
  /** After those every so many-th is; 0 for none. Default 100. */
  every?: number;
  /** Milliseconds. Default 1,000. */
  interval?: number;
  /** Lines of this level and graver are always written. Default `error`. */
  keep?: LevelThreshold;
}

/** Messages told apart at most in an interval; those beyond are counted together. */
const MAX_MESSAGES = 4096;

/**
 * Of lines with the same level and message the first N of each interval, then every M-th: for the option
 * `sampling` of a logger. A message that is said a thousand times a second then takes no more room than one that
 * is said a hundred times, and rare ones are all there.
 *
 * ```ts
 * new Logger({ sampling: firstThenEvery({ first: 10, every: 1000 }) });
 * ```
 */
export function firstThenEvery(options?: FirstThenEveryOptions): LogStage {
  const owner = 'firstThenEvery';
  const given = checkOptions(owner, options, ['first', 'every', 'interval', 'keep']);
  const first = checkInteger(owner, 'first', given.first, 100, { min: 0 });
  const every = checkInteger(owner, 'every', given.every, 100, { min: 0 });
  const interval = checkNumber(owner, 'interval', given.interval, 1000, { min: 1 });
  const keep = thresholdOf(owner, LEVELS, given.keep ?? 'error');
  const count = new SuppressionCount(owner);
  const seen = new Map<string, number>();
  let clock: Clock = systemClock;
  let until = -Infinity;
  return {
    process(draft) {
      if (draft.value >= keep) return true;
      const now = clock.monotonic();
      if (now >= until) {
        until = now + interval;
        seen.clear();
      }
      let key = `${draft.level} ${draft.message}`;
      if (seen.size >= MAX_MESSAGES && !seen.has(key)) key = '';
      const n = (seen.get(key) ?? 0) + 1;
      seen.set(key, n);
      if (n <= first || (every > 0 && (n - first) % every === 0)) return true;
      count.add(draft);
      return false;
    },
    attach(host) {
      clock = host.clock;
      count.attach(host.diagnostics);
    },
  };
}
