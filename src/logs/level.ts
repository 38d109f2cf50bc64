import { invalidOption } from '../common/errors.js';

/** The levels of a log line, from the least to the most grave. */
export type Level = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal';

/** What a logger lets through: lines of this level and graver ones, or nothing at all. */
export type LevelThreshold = Level | 'silent';

/** Position of a level in `LEVELS`, which is also how hot code names it. */
export type LevelIndex = 0 | 1 | 2 | 3 | 4 | 5;

export const LEVELS: readonly Level[] = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'];

const SILENT_INDEX = 6;

/** OpenTelemetry's severity number: TRACE 1, DEBUG 5, INFO 9, WARN 13, ERROR 17, FATAL 21. */
export function severityNumber(index: LevelIndex): number {
  return index * 4 + 1;
}

/** pino's number of a level, 10 to 60. */
export function pinoNumber(index: LevelIndex): number {
  return (index + 1) * 10;
}

/** The index from which lines are let through. Throws a `TelltaleError` for a level that does not exist. */
export function thresholdIndex(owner: string, option: string, level: LevelThreshold): number {
  if (level === 'silent') return SILENT_INDEX;
  const index = LEVELS.indexOf(level);
  if (index < 0) {
    const accepted = [...LEVELS, 'silent'].map((name) => `"${name}"`).join(', ');
    throw invalidOption(owner, option, level, accepted);
  }
  return index;
}

export function thresholdName(index: number): LevelThreshold {
  return LEVELS[index] ?? 'silent';
}
