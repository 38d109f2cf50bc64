import type { FlushOptions } from '../common/export.js';
import { A_STRING, AN_OBJECT, checkAll, checkRule } from '../common/options.js';
import type { Bindings } from './bindings.js';
import { EVENT, type EventForm } from './event-form.js';
import {
  LEVELS,
  type Level,
  type LevelSource,
  type LevelTable,
  type LevelThreshold,
  type LevelValue,
  levelChanges,
} from './level.js';
import { sortArguments } from './log-arguments.js';
import type { Fields } from './log-call.js';
import { INSIDE, type Inside, type LogCore, logCore } from './log-core.js';
import type { LogFields } from './log-method.js';
import { type LoggerOptions, levelSource, loggerSettings, stagesOf } from './logger-options.js';
import type { StageOptions } from './stage.js';

export interface ChildOptions<L extends string = never>
  extends Pick<StageOptions, 'stages' | 'serializers' | 'redact'> {
  /** The child's own level; without it the child follows its parent. */
  level?: LevelThreshold | L | LevelSource;
  /** The child's own name; its categories decide its level, where there are some for it. */
  name?: string;
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
 * `level` is written as `level_`. Only `msg` is the message where there is no other: `logger.info({ msg, orderId })`.
 *
 * A message and fields is all that a call takes: a third argument is refused by the compiler, and passed over where
 * there is none (to look for it costs a disabled call half as much again). Format texts with a template, or by
 * `telltale/compat/pino`, which knows `%s` and its kin.
 *
 * No call ever throws, whatever it is given; every line is valid JSON without a key that stands twice; what is
 * given is never changed. An error may be the first argument (then it stands under `err`) or any field.
 */
export class Logger<L extends string = never> {
  /** The levels that this class knows; `defineLevels` makes a class that knows more. */
  static readonly levels: LevelTable = LEVELS;

  readonly #core: LogCore;
  readonly #bindings: Bindings;
  readonly #table: LevelTable;
  readonly #categories: ((name: string) => LevelSource) | undefined;
  readonly #parent: Logger<L> | undefined;
  #own: LevelSource | undefined;
  #category: LevelSource | undefined;
  #threshold = 0;
  /** How often levels had changed when `#threshold` was worked out. */
  #version = -1;

  /** Throws a `TelltaleError` for a wrong option. */
  constructor(options?: LoggerOptions<NoInfer<L>>);
  constructor(options?: LoggerOptions<L>, parent?: Logger<L>, fields?: object, child?: ChildOptions<L>) {
    this.#table = (new.target as typeof Logger).levels;
    this.#parent = parent;
    let name: string | undefined;
    if (parent === undefined) {
      const settings = loggerSettings(options, this.#table);
      ({ name, level: this.#own, categories: this.#categories } = settings);
      this.#core = logCore(settings, this.#table);
      this.#bindings = this.#core.bind(settings.fields, name, settings.stages);
    } else {
      const owner = 'Logger.child';
      const given = checkAll<ChildOptions<L>>(owner, child, ['level', 'stages', 'serializers', 'redact'], {
        name: A_STRING,
      });
      if (given.level !== undefined) this.#own = levelSource(owner, this.#table, given.level);
      name = given.name;
      this.#categories = parent.#categories;
      this.#core = parent.#core;
      let own = fields!;
      try {
        checkRule(owner, 'fields', own, AN_OBJECT);
      } catch (error) {
        // Fields come from requests: data, and wrong data is told of, not thrown.
        this.#core.failed('invalid_fields', 'a child logger has no fields', error);
        own = {};
      }
      this.#bindings = this.#core.bind(own, name, stagesOf(owner, given), parent.#bindings);
    }
    this.#category = name ? this.#categories?.(name) : undefined;
  }

  trace(message: string, fields?: LogFields | null): void;
  trace(fields: LogFields, message?: string): void;
  trace(first: unknown, second?: unknown): void {
    if (this.#allows(10)) this.#log(10, first, second);
  }

  debug(message: string, fields?: LogFields | null): void;
  debug(fields: LogFields, message?: string): void;
  debug(first: unknown, second?: unknown): void {
    if (this.#allows(20)) this.#log(20, first, second);
  }

  info(message: string, fields?: LogFields | null): void;
  info(fields: LogFields, message?: string): void;
  info(first: unknown, second?: unknown): void {
    if (this.#allows(30)) this.#log(30, first, second);
  }

  warn(message: string, fields?: LogFields | null): void;
  warn(fields: LogFields, message?: string): void;
  warn(error: unknown, message?: string): void;
  warn(first: unknown, second?: unknown): void {
    if (this.#allows(40)) this.#log(40, first, second);
  }

  error(message: string, fields?: LogFields | null): void;
  error(fields: LogFields, message?: string): void;
  error(error: unknown, message?: string): void;
  error(first: unknown, second?: unknown): void {
    if (this.#allows(50)) this.#log(50, first, second);
  }

  /** Logs, and does not return before the line is written. The process goes on, unless `onFatal` ends it. */
  fatal(message: string, fields?: LogFields | null): void;
  fatal(fields: LogFields, message?: string): void;
  fatal(error: unknown, message?: string): void;
  fatal(first: unknown, second?: unknown): void {
    if (this.#allows(60)) this.#log(60, first, second);
  }

  /** The same for a level that is known only at run time, and for custom ones. An unknown level logs nothing. */
  log(level: Level | L, message: string, fields?: LogFields | null): void;
  log(level: Level | L, fields: LogFields, message?: string): void;
  log(level: Level | L, error: unknown, message?: string): void;
  log(level: Level | L, first: unknown, second?: unknown): void {
    if (this.isLevelEnabled(level)) this.#log(this.#table[level]!, first, second);
  }

  /** @internal The way in for `defineEvent`. */
  [EVENT](form: EventForm, fields: Fields): void {
    if (this.#allows(form.value)) this.#log(form.value, form.message, fields, form);
  }

  /** @internal The way in for OpenTelemetry's API. */
  [INSIDE](): Inside {
    return { core: this.#core, bindings: this.#bindings };
  }

  /** The level from which lines are made. Setting it reaches every child that has no level of its own. */
  get level(): LevelThreshold | L {
    const value = this.#follow();
    // A `LevelVar` of another class of loggers may lie between two levels of this one.
    return (Object.keys(this.#table).find((name) => this.#table[name]! >= value) ??
      'silent') as LevelThreshold;
  }

  set level(level: LevelThreshold | L) {
    this.#own = levelSource('Logger', this.#table, level);
    this.#category = undefined;
    levelChanges.count++;
  }

  isLevelEnabled(level: Level | L): boolean {
    return Object.hasOwn(this.#table, level) && this.#allows(this.#table[level]!);
  }

  /**
   * A logger whose lines carry further fields. They are written down now: later changes are not seen. What is no object
   * gives none, and diagnostics are told. Throws a `TelltaleError` for a wrong option.
   */
  child(fields: object, options?: ChildOptions<L>): this {
    const Class = this.constructor as new (...values: unknown[]) => this;
    return new Class(undefined, this, fields, options);
  }

  /**
   * Settles when every line so far has been written, or the sinks have given up: those that send over a network
   * after `timeoutMillis` (30,000). Never rejects.
   */
  flush(options?: FlushOptions): Promise<void> {
    return this.#core.flush(options);
  }

  /** Writes every line so far before it returns, where the sinks can. */
  flushSync(): void {
    this.#core.flushSync();
  }

  /** Flushes and shuts the sinks down, for this logger and the whole family it belongs to. */
  shutdown(options?: FlushOptions): Promise<void> {
    return this.#core.shutdown(options);
  }

  #allows(value: LevelValue): boolean {
    if (this.#version !== levelChanges.count) this.#follow();
    return value >= this.#threshold;
  }

  #follow(): LevelValue {
    this.#version = levelChanges.count;
    const own = this.#category?.value ?? this.#own?.value;
    this.#threshold = own ?? (this.#parent === undefined ? LEVELS.info : this.#parent.#follow());
    return this.#threshold;
  }

  #log(value: LevelValue, first: unknown, second: unknown, form?: EventForm): void {
    const swapped = typeof first !== 'string';
    let message = swapped ? second : first;
    let fields = swapped ? first : second;
    try {
      // The fields of an event are read by its form, whatever they are.
      if (
        form === undefined &&
        (typeof message !== 'string' || (fields !== undefined && !isObject(fields)))
      ) {
        ({ message, fields } = sortArguments(message, fields));
      }
      this.#core.write(value, message as string, fields as Fields | undefined, this.#bindings, form);
    } catch (error) {
      this.#core.failed('log_failed', 'a log line could not be made', error);
    }
  }
}

/**
 * Whether these are fields as nearly everybody gives them. Not by the prototype: V8 asks its C++ side for that of
 * an object of one of many shapes, which takes 12 ns more.
 */
function isObject(fields: unknown): boolean {
  try {
    return (fields as object).constructor === Object;
  } catch {
    return false; // null, and a Proxy
  }
}
