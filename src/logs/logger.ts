import { Bindings } from './bindings.js';
import { LEVELS, type Level, type LevelIndex, type LevelThreshold, thresholdIndex } from './level.js';
import type { Fields } from './line-format.js';
import { sortArguments } from './log-arguments.js';
import { type LogCore, logCore } from './log-core.js';
import type { LogFields } from './log-method.js';
import { checkFields, type LoggerOptions, loggerSettings } from './logger-options.js';
import { copySafely, isPlain } from './read-safely.js';

export interface ChildOptions {
  /** The child's own level; without it the child follows its parent. */
  level?: LevelThreshold;
}

/**
 * Logs lines of JSON.
 *
 * ```ts
 * const logger = new Logger({ level: 'info', fields: { service: 'checkout' } });
 * logger.info('order placed', { orderId, total });
 * logger.info({ orderId, total }, 'order placed');
 * logger.error(error, 'payment failed');
 * const requestLogger = logger.child({ requestId });
 * ```
 *
 * A line begins with `time`, `level` and `msg`; then come `trace_id`, `span_id` and `trace_flags` of the
 * current span, the fields of the call, and the fields of the logger. A field of the call hides a field of the
 * logger of the same name. A field named like one of the line's own keys gets an underscore at its end:
 * `level` is written as `level_`.
 *
 * No call ever throws, whatever it is given; every line is valid JSON without a key that stands twice; what is
 * given is never changed. An error may be the first argument (then it stands under `err`) or any field.
 */
export class Logger {
  readonly #core: LogCore;
  readonly #bindings: Bindings;
  readonly #parent: Logger | undefined;
  /** Its version is raised when the level of one logger of a family changes; each then looks up its own anew. */
  readonly #tree: { version: number };
  /** The version of the tree that `#threshold` was worked out for. */
  #version = -1;
  #threshold = 0;
  #own: number | undefined;

  /** Throws a `TelltaleError` for a wrong option. */
  constructor(options?: LoggerOptions);
  constructor(options?: LoggerOptions, parent?: Logger, own: object = {}, level?: LevelThreshold) {
    this.#parent = parent;
    if (parent === undefined) {
      const settings = loggerSettings(options);
      const { name, fields } = settings;
      this.#own = settings.threshold;
      this.#core = logCore(settings);
      this.#tree = { version: 0 };
      this.#bindings = new Bindings(name === '' ? fields : { name, ...copySafely(fields) });
    } else {
      this.#own = level === undefined ? undefined : thresholdIndex('Logger.child', level);
      this.#core = parent.#core;
      this.#tree = parent.#tree;
      this.#bindings = new Bindings(checkFields('Logger.child', own), parent.#bindings);
    }
  }

  trace(message: string, fields?: LogFields | null): void;
  trace(fields: LogFields, message?: string): void;
  trace(first: unknown, second?: unknown): void {
    if (this.#allows(0)) this.#log(0, first, second);
  }

  debug(message: string, fields?: LogFields | null): void;
  debug(fields: LogFields, message?: string): void;
  debug(first: unknown, second?: unknown): void {
    if (this.#allows(1)) this.#log(1, first, second);
  }

  info(message: string, fields?: LogFields | null): void;
  info(fields: LogFields, message?: string): void;
  info(first: unknown, second?: unknown): void {
    if (this.#allows(2)) this.#log(2, first, second);
  }

  warn(message: string, fields?: LogFields | null): void;
  warn(fields: LogFields, message?: string): void;
  warn(error: unknown, message?: string): void;
  warn(first: unknown, second?: unknown): void {
    if (this.#allows(3)) this.#log(3, first, second);
  }

  error(message: string, fields?: LogFields | null): void;
  error(fields: LogFields, message?: string): void;
  error(error: unknown, message?: string): void;
  error(first: unknown, second?: unknown): void {
    if (this.#allows(4)) this.#log(4, first, second);
  }

  /** Logs, and does not return before the line is written. The process goes on. */
  fatal(message: string, fields?: LogFields | null): void;
  fatal(fields: LogFields, message?: string): void;
  fatal(error: unknown, message?: string): void;
  fatal(first: unknown, second?: unknown): void {
    if (!this.#allows(5)) return;
    this.#log(5, first, second);
    this.flushSync();
  }

  /** The level from which lines are made. Setting it reaches every child that has no level of its own. */
  get level(): LevelThreshold {
    return LEVELS[this.#followTree()] ?? 'silent';
  }

  set level(level: LevelThreshold) {
    // Nothing at all is not a level either; at the construction it is the default.
    this.#own = thresholdIndex('Logger', level ?? ('' as Level));
    this.#tree.version++;
  }

  isLevelEnabled(level: Level): boolean {
    const index = LEVELS.indexOf(level);
    return index >= 0 && this.#allows(index);
  }

  /** A logger whose lines carry further fields. They are written down now: later changes are not seen. */
  child(fields: object, options?: ChildOptions): Logger {
    return new (Logger as ChildConstructor)(undefined, this, fields, options?.level);
  }

  /** Settles when every line so far has been written, or the sinks have given up. Never rejects. */
  flush(): Promise<void> {
    return this.#core.each((sink) => sink.flush?.());
  }

  /** Writes every line so far before it returns, where the sinks can. */
  flushSync(): void {
    void this.#core.each((sink) => sink.flushSync?.());
  }

  /** Flushes and shuts the sinks down, for this logger and the whole family it belongs to. */
  shutdown(): Promise<void> {
    return this.#core.each((sink) => (sink.shutdown ?? sink.flush)?.call(sink));
  }

  #allows(index: number): boolean {
    if (this.#version !== this.#tree.version) this.#followTree();
    return index >= this.#threshold;
  }

  #followTree(): number {
    this.#version = this.#tree.version;
    this.#threshold = this.#own ?? this.#parent!.#followTree();
    return this.#threshold;
  }

  #log(index: LevelIndex, first: unknown, second: unknown): void {
    const swapped = typeof first !== 'string';
    let message = swapped ? second : first;
    let fields = swapped ? first : second;
    try {
      if (typeof message !== 'string' || (fields !== undefined && !isPlain(fields))) {
        ({ message, fields } = sortArguments(message, fields));
      }
      this.#core.write(index, message as string, fields as Fields | undefined, this.#bindings);
    } catch (error) {
      this.#core.failed('log_failed', 'a log line could not be made', error);
    }
  }
}

/** The side of the constructor that is not for users. */
type ChildConstructor = new (
  options: undefined,
  parent: Logger,
  fields: object,
  level: LevelThreshold | undefined,
) => Logger;
