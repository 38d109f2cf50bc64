import { checkOneOf } from '../common/options.js';

/** The levels of a log line, from the least to the most grave. */
export type Level = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal';

/** What a logger lets through: lines of this level and graver ones, or nothing at all. */
export type LevelThreshold = Level | 'silent';

/** Position of a level in `LEVELS`, which is also how hot code names it. */
export type LevelIndex = 0 | 1 | 2 | 3 | 4 | 5;

export const FATAL: LevelIndex = 5;

export const LEVELS: readonly Level[] = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'];

const THRESHOLDS: readonly LevelThreshold[] = [...LEVELS, 'silent'];

/** The index from which lines are let through. Throws a `TelltaleError` for a level that does not exist. */
export function thresholdIndex(owner: string, level: LevelThreshold | undefined): number {
  return THRESHOLDS.indexOf(checkOneOf(owner, 'level', level, 'info', THRESHOLDS));
}
