import type { Context, ContextManager } from '@opentelemetry/api';
import { type Clock, systemClock } from '../common/clock.js';
import { Diagnostics } from '../common/diagnostics.js';
import { invalidOption } from '../common/errors.js';
import { checkArray, checkFunction, checkMethods, checkOneOf, checkOptions } from '../common/options.js';
import { PROCESS_CONTEXT } from '../common/otel-keys.js';
import type { Resource } from '../common/resource.js';
import {
  type LevelSource,
  type LevelTable,
  type LevelThreshold,
  type LevelValue,
  thresholdOf,
} from './level.js';
import type { LogFormat } from './log-call.js';
import type { ByteSink, LineSink, RecordSink, Sink, SinkLifecycle } from './sinks/sink.js';
import { stdoutSink } from './sinks/stdout.js';
import { type LogStage, STAGE_OPTIONS, type Stage, type StageOptions } from './stage.js';

export interface LoggerOptions<L extends string = never> extends StageOptions {
  /** Lines below this level are not made; a `LevelVar` is a level that several loggers share. Default `info`. */
  level?: LevelThreshold | L | LevelSource;
  /** Levels by the name of the logger: `categoryLevels({ 'http.*': 'debug' })`. They win over `level`. */
  categories?: (name: string) => LevelSource;
  /** Where lines go. Default: standard output. An empty array throws every line away. */
  sinks?: readonly Sink[];
  /** How lines are written, where the sink does not say: `logfmt()`, `pretty()`, `ecs()`. Default: JSON. */
  format?: LogFormat;
  /** Fields that stand in every line. */
  fields?: object;
  /** The name of this logger: the field `name` of every line, and the instrumentation scope of records. */
  name?: string;
  /** `iso` (the default) writes `"2026-11-21T20:30:00.123Z"`, `epoch` milliseconds as pino does. */
  time?: 'iso' | 'epoch';
  /** `label` (the default) writes `"info"`, `number` pino's numbers: 10, 20, … 60. */
  levels?: 'label' | 'number';
  /** Called when a fatal line is written: `() => process.exit(1)`. Default: the process goes on. */
  onFatal?: () => void;
  /** Who is talking, for sinks that take records. Default: a resource without attributes. */
  resource?: Resource;
  /** Where the current span is found. Default: the context manager of this process. */
  contextManager?: ContextManager;
  clock?: Clock;
  diagnostics?: Diagnostics;
}

const OWNER = 'Logger';

/** The options checked, with their defaults. */
export function loggerSettings(options: LoggerOptions<string> | undefined, table: LevelTable) {
  const given = checkOptions(OWNER, options, [
    'level',
    'categories',
    'sinks',
    'format',
    'fields',
    'name',
    'time',
    'levels',
    'onFatal',
    'resource',
    'contextManager',
    'clock',
    'diagnostics',
    ...STAGE_OPTIONS,
  ]);
  const {
    level = 'info',
    sinks = [stdoutSink()],
    fields = {},
    name,
    resource,
    contextManager = processContexts,
    clock = systemClock,
    diagnostics = new Diagnostics({ clock }),
  } = given;
  checkMethods(OWNER, 'clock', clock, ['now', 'monotonic', 'setTimeout']);
  checkMethods(OWNER, 'contextManager', contextManager as typeof processContexts, ['active']);
  return {
    level: levelSource(OWNER, table, level),
    categories: checkFunction(OWNER, 'categories', given.categories),
    sinks: checkArray(OWNER, 'sinks', sinks, checkSink).map((sink): SinkPlace => {
      const { level, format = given.format } = sink as SinkLifecycle;
      return {
        sink: typeof sink === 'function' ? { write: sink } : sink,
        minimum: level === undefined ? 0 : thresholdOf('sink', table, level),
        format: checkFunction(OWNER, 'format', format),
      };
    }),
    fields: checkFields(OWNER, fields),
    name: checkName(OWNER, name),
    isIso: checkOneOf(OWNER, 'time', given.time, 'iso', ['iso', 'epoch']) === 'iso',
    isNumber: checkOneOf(OWNER, 'levels', given.levels, 'label', ['label', 'number']) === 'number',
    stages: stagesOf(OWNER, given),
    onFatal: checkFunction(OWNER, 'onFatal', given.onFatal),
    resource,
    contextManager: contextManager as { active(): Context | undefined },
    clock,
    diagnostics,
  };
}

/** A sink of any kind; it has the method `accept`, the method `write`, or a buffer. */
export type AnySink = Partial<ByteSink & LineSink & RecordSink>;

/** A sink, and what is asked of a line before the sink is given it. */
export interface SinkPlace {
  readonly sink: AnySink;
  readonly minimum: LevelValue;
  readonly format: LogFormat | undefined;
}

export function checkFields(owner: string, fields: object): object {
  if (fields === null || typeof fields !== 'object') {
    throw invalidOption(owner, 'fields', fields, 'an object');
  }
  return fields;
}

export function checkName(owner: string, name = ''): string {
  if (typeof name !== 'string') throw invalidOption(owner, 'name', name, 'a string');
  return name;
}

/** The level that was given by name, or that knows its value itself. */
export function levelSource(owner: string, table: LevelTable, level: unknown): LevelSource {
  if (typeof level === 'object' && level !== null && 'value' in level) return level as LevelSource;
  return { value: thresholdOf(owner, table, level) };
}

/** The stages of the options, in their order. */
export function stagesOf(owner: string, options: StageOptions): LogStage[] {
  return STAGE_OPTIONS.flatMap((option) => {
    return ([options[option] ?? []].flat() as Stage[]).map((stage) => {
      if (typeof stage === 'function') return { process: stage as LogStage['process'] };
      if (typeof stage?.process === 'function') return stage;
      throw invalidOption(owner, option, stage, 'a stage: a function, or an object with the method process');
    });
  });
}

/**
 * The context manager of the process, where somebody made one; until then nothing is current. It is read by its
 * registered symbol, and not through its class, to keep the class out of a bundle of the logger alone.
 */
const processContexts = {
  active: () => (globalThis as { [PROCESS_CONTEXT]?: ContextManager })[PROCESS_CONTEXT]?.active() as Context,
} as ContextManager;

function checkSink(sink: Sink, path: string): void {
  const { write, accept, lineAdded } = (sink ?? {}) as AnySink;
  if (![sink, write, accept, lineAdded].some((method) => typeof method === 'function')) {
    throw invalidOption(OWNER, path, sink, 'a function, or an object with the method write or accept');
  }
}
