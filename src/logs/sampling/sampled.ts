import { invalidOption } from '../../common/errors.js';
import { checkMethods, checkNumber, checkOptions } from '../../common/options.js';
import { cryptoRandom, type RandomSource } from '../../common/random.js';
import type { Level } from '../level.js';
import type { LogStage } from '../stage.js';
import { SuppressionCount } from './suppression-count.js';

export interface SampledOptions {
  random?: RandomSource;
}

/**
 * Writes a share of the lines of some levels: for the option `sampling` of a logger. Levels that are not named are
 * written whole.
 *
 * ```ts
 * new Logger({ level: 'debug', sampling: sampled({ debug: 0.01, info: 0.5 }) });
 * ```
 *
 * @param shares By level, from 0 (none) to 1 (all).
 */
export function sampled(
  shares: Readonly<Partial<Record<Level, number>>> | Readonly<Record<string, number>>,
  options?: SampledOptions,
): LogStage {
  const owner = 'sampled';
  if (typeof shares !== 'object' || shares === null) {
    throw invalidOption(owner, 'shares', shares, 'an object of levels and shares');
  }
  const { random = cryptoRandom() } = checkOptions(owner, options, ['random']);
  checkMethods(owner, 'random', random, ['float']);
  const byLevel = new Map<string, number>();
  for (const [level, share] of Object.entries(shares)) {
    byLevel.set(level, checkNumber(owner, level, share, 1, { min: 0, max: 1 }));
  }
  const count = new SuppressionCount(owner);
  return {
    process(draft) {
      const share = byLevel.get(draft.level);
      if (share === undefined || share === 1 || random.float() < share) return true;
      count.add(draft);
      return false;
    },
    attach: ({ diagnostics }) => count.attach(diagnostics),
  };
}
