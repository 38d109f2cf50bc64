import { EventEmitter } from 'node:events';
import { EVENT, type EventForm } from '../../logs/event-form.js';
import type { LevelTable } from '../../logs/level.js';
import type { Fields } from '../../logs/log-call.js';
import { INSIDE } from '../../logs/log-core.js';
import type { Logger } from '../../logs/logger.js';
import { copySafely, isError, textOf } from '../../logs/read-safely.js';
import { messageIn, serialized } from './fields.js';
import { formatMessage } from './format-message.js';
import { OWNER, type PinoOptions } from './options.js';
import { redactStage } from './redact.js';
import { httpFields, type SerializerFn } from './serializers.js';
import type { LogFn, PinoChildOptions, PinoLogger } from './types.js';

/** What a child takes over from its parent and may change. */
export interface PinoSettings
  extends Pick<PinoOptions<string>, 'mixin' | 'mixinMergeStrategy' | 'msgPrefix' | 'onChild'> {
  readonly messageKey: string;
  readonly serializers: Readonly<Record<string, SerializerFn>>;
  readonly formatLog: ((object: Record<string, unknown>) => object) | undefined;
  readonly logMethod: NonNullable<PinoOptions<string>['hooks']>['logMethod'];
}

type AnyLogger = Logger<string>;
type AnyPino = PinoLogger<string>;

/** Pino's manners over a telltale logger; see `pino`. */
export class PinoCompatLogger {
  #inner: AnyLogger;
  readonly #settings: PinoSettings;
  readonly #table: LevelTable;
  #bound: Record<string, unknown>;
  #events: EventEmitter | undefined;
  onChild: (child: AnyPino) => void;

  constructor(
    inner: AnyLogger,
    settings: PinoSettings,
    table: LevelTable,
    bound: Record<string, unknown> = {},
  ) {
    this.#inner = inner;
    this.#settings = settings;
    this.#table = table;
    this.#bound = bound;
    this.onChild = settings.onChild ?? (() => {});
  }

  trace(...args: unknown[]): void {
    if (this.#inner.isLevelEnabled('trace')) this.logAt('trace', args);
  }

  debug(...args: unknown[]): void {
    if (this.#inner.isLevelEnabled('debug')) this.logAt('debug', args);
  }

  info(...args: unknown[]): void {
    if (this.#inner.isLevelEnabled('info')) this.logAt('info', args);
  }

  warn(...args: unknown[]): void {
    if (this.#inner.isLevelEnabled('warn')) this.logAt('warn', args);
  }

  error(...args: unknown[]): void {
    if (this.#inner.isLevelEnabled('error')) this.logAt('error', args);
  }

  fatal(...args: unknown[]): void {
    if (this.#inner.isLevelEnabled('fatal')) this.logAt('fatal', args);
  }

  silent(): void {}

  /** Typed events of `telltale/events` are at home here as well. */
  [EVENT](form: EventForm, fields: Fields): void {
    this.#inner[EVENT](form, fields);
  }

  get level(): string {
    return this.#inner.level;
  }

  set level(level: string) {
    const previous = this.level;
    this.#inner.level = level;
    if (level !== previous) {
      const value = (name: string): number => this.#table[name] ?? Infinity;
      this.#events?.emit('level-change', level, value(level), previous, value(previous), this);
    }
  }

  get levelVal(): number {
    return this.#table[this.level] ?? Infinity;
  }

  get levels(): AnyPino['levels'] {
    const labels: Record<number, string> = {};
    for (const name of Object.keys(this.#table)) labels[this.#table[name]!] = name;
    return { labels, values: { ...this.#table } };
  }

  get msgPrefix(): string | undefined {
    return this.#settings.msgPrefix;
  }

  /** That of the pino whose manners these are. */
  get version(): string {
    return '10.0.0';
  }

  isLevelEnabled(level: string): boolean {
    return this.#inner.isLevelEnabled(level);
  }

  /** As in pino: what an option does not say is the parent's; unknown options are passed over. */
  child(bindings: object, options?: PinoChildOptions | null): AnyPino {
    if (bindings === null || typeof bindings !== 'object') {
      throw new Error(`${OWNER}: missing bindings for child`); // pino throws here, too
    }
    const { level, serializers, formatters, redact, msgPrefix } = options ?? {};
    const settings: PinoSettings = {
      ...this.#settings,
      ...(serializers ? { serializers: { ...this.#settings.serializers, ...serializers } } : {}),
      ...(formatters?.log ? { formatLog: formatters.log } : {}),
      ...(msgPrefix ? { msgPrefix: (this.#settings.msgPrefix ?? '') + msgPrefix } : {}),
    };
    const own = formatters?.bindings
      ? (formatters.bindings({ ...bindings }) as Record<string, unknown>)
      : (bindings as Record<string, unknown>);
    const inner = this.#inner.child(serialized(own, settings.serializers), {
      ...(level === undefined ? {} : { level }),
      ...(redact === undefined ? {} : { redact: redactStage(redact) }),
    });
    const Class = this.constructor as typeof PinoCompatLogger;
    const child = new Class(inner, settings, this.#table, { ...this.#bound, ...bindings });
    child.onChild = this.onChild;
    this.onChild(child as unknown as AnyPino);
    return child as unknown as AnyPino;
  }

  bindings(): Record<string, unknown> {
    return { ...this.#bound };
  }

  setBindings(bindings: object): void {
    this.#bound = { ...this.#bound, ...bindings };
    this.#inner = this.#inner.child(
      serialized(bindings as Record<string, unknown>, this.#settings.serializers),
    );
  }

  flush(callback?: (error?: Error) => void): void {
    void this.#inner.flush().then(() => callback?.());
  }

  on(event: string, listener: (...args: never[]) => void): this {
    this.#emitter().on(event, listener as () => void);
    return this;
  }

  once(event: string, listener: (...args: never[]) => void): this {
    this.#emitter().once(event, listener as () => void);
    return this;
  }

  addListener(event: string, listener: (...args: never[]) => void): this {
    return this.on(event, listener);
  }

  removeListener(event: string, listener: (...args: never[]) => void): this {
    this.#events?.removeListener(event, listener as () => void);
    return this;
  }

  off(event: string, listener: (...args: never[]) => void): this {
    return this.removeListener(event, listener);
  }

  emit(event: string, ...args: unknown[]): boolean {
    return this.#events?.emit(event, ...args) ?? false;
  }

  /** @internal What the methods of all levels do. Never throws, but for what a hook of the user's throws. */
  protected logAt(level: string, args: unknown[]): void {
    const { logMethod } = this.#settings;
    if (logMethod === undefined) this.#attempt(level, args);
    else {
      const write = (...given: unknown[]): void => this.#attempt(level, given);
      logMethod.call(this as unknown as AnyPino, args, write, this.#table[level]!);
    }
  }

  #attempt(level: string, args: unknown[]): void {
    try {
      this.#write(level, args);
    } catch (error) {
      this.#inner[INSIDE]().core.failed('log_failed', 'a log line could not be made', error);
    }
  }

  #write(level: string, args: unknown[]): void {
    const { messageKey, mixin, mixinMergeStrategy, formatLog, serializers, msgPrefix } = this.#settings;
    const [first, second, ...rest] = args;
    let fields: object = {};
    let message: unknown;
    let values = rest;
    if (typeof first === 'object') {
      message = second;
      if (isError(first)) fields = { err: first };
      else if (first !== null) fields = httpFields(first);
    } else if (first === undefined) message = second;
    else {
      message = first;
      values = args.slice(1);
    }
    if (message === undefined) ({ message, fields } = messageIn(fields, messageKey));
    if (mixin !== undefined) {
      fields = this.#safely(fields, (given) => {
        const more = mixin(given, this.#table[level]!, this as unknown as AnyPino);
        if (mixinMergeStrategy !== undefined) return mixinMergeStrategy(given, more);
        return Object.assign(copySafely(more), copySafely(given));
      });
    }
    if (formatLog !== undefined) {
      fields = this.#safely(fields, (given) => formatLog(given as Record<string, unknown>));
    }
    let text = message === undefined || message === null ? '' : textOf(message);
    if (msgPrefix !== undefined && text !== '') text = msgPrefix + text;
    this.#inner.log(level, formatMessage(text, values), serialized(fields as Fields, serializers));
  }

  /** What the user's own function makes of the fields; the fields as they are where it throws. */
  #safely(fields: object, make: (fields: object) => object): object {
    try {
      return make(fields);
    } catch (error) {
      this.#inner[INSIDE]().core.failed('log_failed', 'a function of the options of pino threw', error);
      return fields;
    }
  }

  #emitter(): EventEmitter {
    this.#events ??= new EventEmitter();
    return this.#events;
  }
}

/** The class with a method for each further level. */
export function withLevels(levels: readonly string[]): typeof PinoCompatLogger {
  class LeveledPino extends PinoCompatLogger {}
  for (const level of levels) {
    const method: LogFn = function (this: LeveledPino, ...args: unknown[]) {
      if (this.isLevelEnabled(level)) this.logAt(level, args);
    };
    Object.defineProperty(LeveledPino.prototype, level, {
      value: method,
      configurable: true,
      writable: true,
    });
  }
  return LeveledPino;
}
