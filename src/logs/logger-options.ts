import type { Context, ContextManager } from '@opentelemetry/api';
import { type Clock, systemClock } from '../common/clock.js';
import { Diagnostics } from '../common/diagnostics.js';
import { invalidOption } from '../common/errors.js';
import { checkArray, checkMethods, checkOneOf, checkOptions } from '../common/options.js';
import { PROCESS_CONTEXT } from '../common/otel-keys.js';
import type { Resource } from '../common/resource.js';
import { LEVELS, type LevelThreshold, thresholdIndex } from './level.js';
import type { ByteSink, LineSink, RecordSink, Sink } from './sinks/sink.js';
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
export function loggerSettings(options: LoggerOptions | undefined) {
  const {
    level,
    sinks = [stdoutSink()],
    fields = {},
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
  return {
    threshold: thresholdIndex(OWNER, level),
    sinks: checkArray(OWNER, 'sinks', sinks, checkSink).map((sink) =>
      typeof sink === 'function' ? { write: sink } : sink,
    ) as readonly AnySink[],
    fields: checkFields(OWNER, fields),
    name,
    isIso: checkOneOf(OWNER, 'time', time, 'iso', ['iso', 'epoch']) === 'iso',
    /** How a line names its level. */
    levels:
      checkOneOf(OWNER, 'levels', levels, 'label', ['label', 'number']) === 'label'
        ? LEVELS
        : [10, 20, 30, 40, 50, 60],
    resource,
    contextManager: contextManager as { active(): Context | undefined },
    clock,
    diagnostics,
  };
}

/** A sink of any kind; it has the method `accept`, the method `write`, or a buffer. */
export type AnySink = Partial<ByteSink & LineSink & RecordSink>;

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
  active: () => (globalThis as { [PROCESS_CONTEXT]?: ContextManager })[PROCESS_CONTEXT]?.active() as Context,
} as ContextManager;

function checkSink(sink: Sink, path: string): void {
  const { write, accept, lineAdded } = (sink ?? {}) as AnySink;
  if (![sink, write, accept, lineAdded].some((method) => typeof method === 'function')) {
    throw invalidOption(OWNER, path, sink, 'a function, or an object with the method write or accept');
  }
}
