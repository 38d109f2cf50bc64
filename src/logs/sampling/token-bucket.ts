import { type Clock, systemClock } from '../../common/clock.js';
import { checkNumber, checkOptions } from '../../common/options.js';
import { LEVELS, type LevelThreshold, thresholdOf } from '../level.js';
import type { LogStage } from '../stage.js';
import { SuppressionCount } from './suppression-count.js';

export interface TokenBucketOptions {
  /** Lines a second, on average. */
  rate: number;
  /** Lines that may come at once. Default: those of one second, at least 1. */
  burst?: number;
  /** Lines of this level and graver are always written, and take no token. Default `error`. */
  keep?: LevelThreshold;
}

/**
 * A limit on lines a second, with room for bursts: for the option `sampling` of a logger.
 *
 * ```ts
 * new Logger({ sampling: tokenBucket({ rate: 500, burst: 2000 }) });
 * ```
 */
export function tokenBucket(options: TokenBucketOptions): LogStage {
  const owner = 'tokenBucket';
  const given = checkOptions<Partial<TokenBucketOptions>>(owner, options, ['rate', 'burst', 'keep']);
  const rate = checkNumber(owner, 'rate', given.rate ?? Number.NaN, 0, { min: 0.001 });
  const burst = checkNumber(owner, 'burst', given.burst, Math.max(1, rate), { min: 1 });
  const keep = thresholdOf(owner, LEVELS, given.keep ?? 'error');
  const count = new SuppressionCount(owner);
  let clock: Clock = systemClock;
  let tokens = burst;
  let filled: number | undefined;
  return {
    process(draft) {
      if (draft.value >= keep) return true;
      const now = clock.monotonic();
      tokens = Math.min(burst, tokens + ((now - (filled ?? now)) * rate) / 1000);
      filled = now;
      if (tokens >= 1) {
        tokens--;
        return true;
      }
      count.add(draft);
      return false;
    },
    attach(host) {
      clock = host.clock;
      count.attach(host.diagnostics);
    },
  };
}
