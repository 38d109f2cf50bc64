import {
  LEVELS,
  type LevelSource,
  type LevelTable,
  type LevelThreshold,
  type LevelValue,
  levelChanges,
  thresholdOf,
} from './level.js';

/**
 * A level that several loggers share and that can be changed while they run, as in Go's `log/slog`.
 *
 * ```ts
 * const level = new LevelVar('info');
 * const http = new Logger({ name: 'http', level });
 * const db = new Logger({ name: 'db', level });
 * process.on('SIGUSR2', () => { level.level = 'debug'; });
 * ```
 *
 * Custom levels need their table: `new LevelVar('audit', AppLogger.levels)`.
 */
export class LevelVar<L extends string = never> implements LevelSource {
  readonly #table: LevelTable;
  #level: LevelThreshold | L;
  #value: LevelValue;

  /** Throws a `TelltaleError` for a level that does not exist. */
  constructor(
    level: LevelThreshold | NoInfer<L> = 'info',
    table: Readonly<Record<L, LevelValue>> = LEVELS as LevelTable,
  ) {
    this.#table = table;
    this.#value = thresholdOf('LevelVar', table, level);
    this.#level = level;
  }

  get level(): LevelThreshold | L {
    return this.#level;
  }

  set level(level: LevelThreshold | L) {
    this.#value = thresholdOf('LevelVar', this.#table, level);
    this.#level = level;
    levelChanges.count++;
  }

  get value(): LevelValue {
    return this.#value;
  }
}
