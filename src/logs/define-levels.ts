import { invalidOption } from '../common/errors.js';
import { LEVELS, type Level, type LevelValue } from './level.js';
import type { LogMethod } from './log-method.js';
import { Logger } from './logger.js';
import type { LoggerOptions } from './logger-options.js';

/** A logger with levels of its own, each of them a method. */
export type LoggerWith<L extends string> = Logger<L> & { readonly [K in L]: LogMethod };

/** The class of such loggers. */
export interface LoggerClass<L extends string> {
  new (options?: LoggerOptions<L>): LoggerWith<L>;
  /** The names and values of all levels, the standard ones included, from the least to the most grave. */
  readonly levels: Readonly<Record<Level | L, LevelValue>>;
}

/**
 * A class of loggers with further levels, each with a value between those of the standard ones: trace 10,
 * debug 20, info 30, warn 40, error 50, fatal 60.
 *
 * ```ts
 * const AppLogger = defineLevels({ notice: 35, audit: 55 });
 * const logger = new AppLogger({ level: 'notice' });
 * logger.audit('user deleted', { id });
 * ```
 *
 * Throws a `TelltaleError` for a name that a logger uses already and for a value that another level has.
 */
export function defineLevels<const T extends Readonly<Record<string, LevelValue>>>(
  levels: T & { readonly [K in keyof T]: K extends Level | 'silent' | keyof Logger ? never : LevelValue },
): LoggerClass<keyof T & string> {
  const owner = 'defineLevels';
  if (typeof levels !== 'object' || levels === null) {
    throw invalidOption(owner, 'levels', levels, 'an object of names and values');
  }
  const table: Record<string, LevelValue> = { ...LEVELS };
  for (const [name, value] of Object.entries(levels) as [string, LevelValue][]) {
    if (name === 'silent' || name === '' || name in Logger.prototype) {
      throw invalidOption(owner, 'name', name, 'a name that a logger does not use already');
    }
    if (!Number.isInteger(value) || value < 1 || value > 99 || Object.values(table).includes(value)) {
      throw invalidOption(owner, name, value, 'a whole number from 1 to 99 that no other level has');
    }
    table[name] = value;
  }
  const sorted = Object.fromEntries(Object.entries(table).sort(([, a], [, b]) => a - b));
  class LeveledLogger extends Logger<string> {
    static override readonly levels = sorted;
  }
  for (const name of Object.keys(levels)) {
    Object.defineProperty(LeveledLogger.prototype, name, {
      value(this: LeveledLogger, first: never, second: never) {
        this.log(name, first, second);
      },
      configurable: true,
      writable: true,
    });
  }
  return LeveledLogger as unknown as LoggerClass<keyof T & string>;
}
