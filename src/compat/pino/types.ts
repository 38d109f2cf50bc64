import type { EventEmitter } from 'node:events';
import type { EventLogger } from '../../logs/event-form.js';
import type { Level } from '../../logs/level.js';
import type { SerializerFn } from './serializers.js';

/** Logs at one level: a message and what is to be put into it, or an object before them. */
export interface LogFn {
  (message: string, ...values: unknown[]): void;
  (object: unknown, message?: string, ...values: unknown[]): void;
}

export interface Formatters {
  /** What stands for the level. Default `{ level: number }`. */
  level?: (label: string, number: number) => object;
  /** What is bound, once for each child. */
  bindings?: (bindings: Record<string, unknown>) => object;
  /** The fields of a line. */
  log?: (object: Record<string, unknown>) => Record<string, unknown>;
}

export interface RedactOptions {
  paths: string[];
  /** Default `[Redacted]`. */
  censor?: string | ((value: unknown, path: readonly string[]) => unknown);
  remove?: boolean;
}

export interface PinoChildOptions {
  level?: string;
  serializers?: Record<string, SerializerFn>;
  formatters?: Pick<Formatters, 'level' | 'bindings'> & { log?: (object: object) => object };
  redact?: string[] | RedactOptions;
  msgPrefix?: string;
}

/** The face of pino's logger. */
export type PinoLogger<L extends string = never> = PinoFace<L> & { readonly [K in L]: LogFn };

export interface PinoFace<L extends string = never> extends EventLogger {
  trace: LogFn;
  debug: LogFn;
  info: LogFn;
  warn: LogFn;
  error: LogFn;
  fatal: LogFn;
  silent: LogFn;
  level: string;
  readonly levelVal: number;
  readonly levels: {
    readonly labels: Readonly<Record<number, string>>;
    readonly values: Readonly<Record<string, number>>;
  };
  readonly version: string;
  readonly msgPrefix: string | undefined;
  isLevelEnabled(level: Level | L | 'silent'): boolean;
  child(bindings: object, options?: PinoChildOptions): PinoLogger<L>;
  bindings(): Record<string, unknown>;
  setBindings(bindings: object): void;
  flush(callback?: (error?: Error) => void): void;
  onChild: (child: PinoLogger<L>) => void;
  on: LevelListener<this>;
  once: LevelListener<this>;
  addListener: LevelListener<this>;
  removeListener: LevelListener<this>;
  off: LevelListener<this>;
  emit: EventEmitter['emit'];
}

/** `level-change` is given the new level and its number, the old level and its number, and the logger. */
type LevelListener<T> = (
  event: 'level-change',
  listener: (label: string, value: number, previousLabel: string, previousValue: number, logger: T) => void,
) => T;
