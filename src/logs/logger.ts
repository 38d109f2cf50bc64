import { bindFields } from './bind-fields.js';
import { type Bindings, NO_BINDINGS } from './bindings.js';
import {
  LEVELS,
  type Level,
  type LevelIndex,
  type LevelThreshold,
  thresholdIndex,
  thresholdName,
} from './level.js';
import { isPlainFields, sortArguments } from './log-arguments.js';
import { LogCore } from './log-core.js';
import type { LogFields } from './log-method.js';
import { checkFields, type LoggerOptions, loggerSettings } from './logger-options.js';
import { copySafely } from './read-safely.js';

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
  /** The fields that are bound, nearest first, as values; empty where no sink takes records. */
  readonly #bound: readonly object[];
  readonly #parent: Logger | undefined;
  readonly #tree: LevelTree;
  /** The version of the tree that `#threshold` was worked out for. */
  #version = -1;
  #threshold = 0;
  #own: number | undefined;

  /** Throws a `TelltaleError` for a wrong option. */
  constructor(options?: LoggerOptions);
  constructor(options?: LoggerOptions | Inherited) {
    if (options instanceof Inherited) {
      this.#core = options.core;
      this.#bindings = options.bindings;
      this.#bound = options.bound;
      this.#parent = options.parent;
      this.#tree = options.tree;
      this.#own = options.threshold;
      return;
    }
    const settings = loggerSettings(options);
    const fields = copySafely(settings.fields);
    this.#core = new LogCore(settings);
    this.#bindings = bindFields(
      NO_BINDINGS,
      settings.name === '' ? fields : { name: settings.name, ...fields },
    );
    this.#bound = this.#core.wantsRecords ? [fields] : [];
    this.#parent = undefined;
    this.#tree = { version: 0 };
    this.#own = settings.threshold;
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
    this.#core.flushSync();
  }

  /** The level from which lines are made. Setting it reaches every child that has no level of its own. */
  get level(): LevelThreshold {
    this.#allows(0);
    return thresholdName(this.#threshold);
  }

  set level(level: LevelThreshold) {
    this.#own = thresholdIndex('Logger', 'level', level);
    this.#tree.version++;
  }

  isLevelEnabled(level: Level): boolean {
    const index = LEVELS.indexOf(level);
    return index >= 0 && this.#allows(index as LevelIndex);
  }

  /** A logger whose lines carry further fields. They are written down now: later changes are not seen. */
  child(fields: object, options?: ChildOptions): Logger {
    const own = checkFields('Logger.child', 'fields', fields);
    const level = options?.level;
    return new Logger(
      new Inherited(
        this.#core,
        bindFields(this.#bindings, own),
        this.#core.wantsRecords ? [copySafely(own), ...this.#bound] : this.#bound,
        this,
        this.#tree,
        level === undefined ? undefined : thresholdIndex('Logger.child', 'level', level),
      ) as LoggerOptions,
    );
  }

  /** Settles when every line so far has been written, or the sinks have given up. Never rejects. */
  flush(): Promise<void> {
    return this.#core.flush();
  }

  /** Writes every line so far before it returns, where the sinks can. */
  flushSync(): void {
    this.#core.flushSync();
  }

  /** Flushes and shuts the sinks down, for this logger and the whole family it belongs to. */
  shutdown(): Promise<void> {
    return this.#core.shutdown();
  }

  #allows(index: LevelIndex): boolean {
    if (this.#version !== this.#tree.version) this.#followTree();
    return index >= this.#threshold;
  }

  #followTree(): number {
    this.#version = this.#tree.version;
    const parent = this.#parent;
    this.#threshold = this.#own ?? (parent === undefined ? 0 : parent.#followTree());
    return this.#threshold;
  }

  #log(index: LevelIndex, first: unknown, second: unknown): void {
    try {
      if (typeof first === 'string') {
        if (second === undefined || isPlainFields(second)) {
          this.#core.write(index, first, second, this.#bindings, this.#bound);
          return;
        }
      } else if (typeof second === 'string' && isPlainFields(first)) {
        this.#core.write(index, second, first, this.#bindings, this.#bound);
        return;
      }
    } catch (error) {
      this.#core.failed(error);
      return;
    }
    this.#logOther(index, first, second);
  }

  #logOther(index: LevelIndex, first: unknown, second: unknown): void {
    try {
      const { message, fields } = sortArguments(first, second);
      this.#core.write(index, message, fields, this.#bindings, this.#bound);
    } catch (error) {
      this.#core.failed(error);
    }
  }
}

/** Raised when the level of one logger of a family changes; each logger then looks up its own anew. */
interface LevelTree {
  version: number;
}

/** What a child has from its parent. */
class Inherited {
  constructor(
    readonly core: LogCore,
    readonly bindings: Bindings,
    readonly bound: readonly object[],
    readonly parent: Logger,
    readonly tree: LevelTree,
    readonly threshold: number | undefined,
  ) {}
}
