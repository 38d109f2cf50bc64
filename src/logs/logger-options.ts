import type { Context, ContextManager } from '@opentelemetry/api';
import { type Clock, systemClock } from '../common/clock.js';
import { Diagnostics } from '../common/diagnostics.js';
import { invalidOption } from '../common/errors.js';
import { checkArray, checkMethods, checkOneOf, checkOptions } from '../common/options.js';
import { PROCESS_CONTEXT } from '../common/otel-keys.js';
import type { Resource } from '../common/resource.js';
import type { LevelThreshold } from './level.js';
import type { ByteSink, LineSink, RecordSink, Sink, SinkHost } from './sinks/sink.js';
import { stdoutSink } from './sinks/stdout.js';

export interface LoggerOptions {
  /** Lines below this level are not made. Default `info`. */
  level?: LevelThreshold;
  /** Where lines go. Default: standard output. An empty array throws every line away. */
  sinks?: readonly Sink[];
  /** Fields that stand in every line. */
  fields?: object;
  /** The name of this logger: the field `name` of every line, and the instrumentation scope of records. */
  name?: string;
  /** `iso` (the default) writes `"2026-11-21T20:30:00.123Z"`, `epoch` milliseconds as pino does. */
  time?: 'iso' | 'epoch';
  /** `label` (the default) writes `"info"`, `number` pino's numbers: 10, 20, … 60. */
  levels?: 'label' | 'number';
  /** Who is talking, for sinks that take records. Default: a resource without attributes. */
  resource?: Resource;
  /** Where the current span is found. Default: the context manager of this process. */
  contextManager?: ContextManager;
  clock?: Clock;
  diagnostics?: Diagnostics;
}

const OWNER = 'Logger';

/** The options checked, with their defaults. */
export interface LoggerSettings extends SinkHost {
  level: LevelThreshold | undefined;
  sinks: readonly (ByteSink | LineSink | RecordSink)[];
  fields: object;
  name: string;
  time: 'iso' | 'epoch';
  levels: 'label' | 'number';
  resource: Resource | undefined;
  contextManager: { active(): Context | undefined };
}

export function loggerSettings(options: LoggerOptions | undefined): LoggerSettings {
  const {
    level,
    sinks,
    fields,
    name = '',
    time,
    levels,
    resource,
    contextManager = processContexts,
    clock = systemClock,
    diagnostics = new Diagnostics({ clock }),
  } = checkOptions(OWNER, options, [
    'level',
    'sinks',
    'fields',
    'name',
    'time',
    'levels',
    'resource',
    'contextManager',
    'clock',
    'diagnostics',
  ]);
  checkMethods(OWNER, 'clock', clock, ['now', 'monotonic', 'setTimeout']);
  checkMethods(OWNER, 'contextManager', contextManager as typeof processContexts, ['active']);
  if (typeof name !== 'string') throw invalidOption(OWNER, 'name', name, 'a string');
  checkArray(OWNER, 'sinks', sinks, checkSink);
  return {
    level,
    sinks: (sinks ?? [stdoutSink()]).map((sink) => (typeof sink === 'function' ? { write: sink } : sink)),
    fields: checkFields(OWNER, fields ?? {}),
    name,
    time: checkOneOf(OWNER, 'time', time, 'iso', ['iso', 'epoch']),
    levels: checkOneOf(OWNER, 'levels', levels, 'label', ['label', 'number']),
    resource,
    contextManager,
    clock,
    diagnostics,
  };
}

export function checkFields(owner: string, fields: object): object {
  if (fields === null || typeof fields !== 'object') {
    throw invalidOption(owner, 'fields', fields, 'an object');
  }
  return fields;
}

/**
 * The context manager of the process, where somebody made one; until then nothing is current. It is read by its
 * registered symbol, and not through its class, to keep the class out of a bundle of the logger alone.
 */
const processContexts = {
  active: () =>
    (globalThis as { [PROCESS_CONTEXT]?: ContextManager })[PROCESS_CONTEXT]?.active() as Context | undefined,
};

function checkSink(sink: Sink, path: string): void {
  const { write, accept } = (sink ?? {}) as Partial<LineSink & RecordSink>;
  if (![sink, write, accept].some((method) => typeof method === 'function')) {
    throw invalidOption(OWNER, path, sink, 'a function, or an object with the method write or accept');
  }
}
