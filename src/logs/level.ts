import { invalidOption } from '../common/errors.js';

/** The levels of a log line, from the least to the most grave. */
export type Level = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal';

/** What a logger lets through: lines of this level and graver ones, or nothing at all. */
export type LevelThreshold = Level | 'silent';

/**
 * How grave a level is, in pino's numbers: trace 10, debug 20, info 30, warn 40, error 50, fatal 60; custom levels
 * lie between. Hot code compares these.
 */
export type LevelValue = number;

export const FATAL: LevelValue = 60;

/** The levels a logger knows: their names and values. */
export type LevelTable = Readonly<Record<string, LevelValue>>;

export const LEVELS = { trace: 10, debug: 20, info: 30, warn: 40, error: 50, fatal: FATAL } as const;

/** A level that can change by itself: `LevelVar`, a rule for a category. `undefined` is the parent's level. */
export interface LevelSource {
  readonly value: LevelValue | undefined;
}

/** Raised whenever a level changes anywhere; a logger whose copy is older looks up its own anew. */
export const levelChanges = { count: 0 };

/** The value from which lines are let through. Throws a `TelltaleError` for a level that does not exist. */
export function thresholdOf(owner: string, table: LevelTable, level: unknown, option = 'level'): LevelValue {
  if (level === 'silent') return Infinity;
  if (typeof level === 'string' && Object.hasOwn(table, level)) return table[level]!;
  const names = [...Object.keys(table), 'silent'].map((name) => `"${name}"`);
  throw invalidOption(owner, option, level, names.join(', '));
}
