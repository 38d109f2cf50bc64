import type { ContextManager } from '@opentelemetry/api';
import { type Clock, systemClock } from '../common/clock.js';
import { Diagnostics } from '../common/diagnostics.js';
import { invalidOption } from '../common/errors.js';
import { checkArray, checkMethods, checkOneOf, checkOptions } from '../common/options.js';
import type { Resource } from '../common/resource.js';
import { processContexts } from './current-span.js';
import { type LevelThreshold, thresholdIndex } from './level.js';
import type { LineShape } from './line-prefix.js';
import { isByteSink, isLineSink, isRecordSink, type Sink } from './sinks/sink.js';
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
export interface LoggerSettings {
  threshold: number;
  sinks: readonly Sink[];
  fields: object;
  name: string;
  shape: LineShape;
  resource: Resource | undefined;
  contextManager: Pick<ContextManager, 'active'>;
  clock: Clock;
  diagnostics: Diagnostics;
}

export function loggerSettings(options: LoggerOptions | undefined): LoggerSettings {
  const given = checkOptions(OWNER, options, [
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
  const { name, clock = systemClock, contextManager, sinks } = given;
  checkMethods(OWNER, 'clock', clock, ['now', 'monotonic', 'setTimeout']);
  if (contextManager !== undefined) checkMethods(OWNER, 'contextManager', contextManager, ['active']);
  if (name !== undefined && typeof name !== 'string') {
    throw invalidOption(OWNER, 'name', name, 'a string');
  }
  return {
    threshold: thresholdIndex(OWNER, 'level', given.level ?? 'info'),
    sinks: sinks === undefined ? [stdoutSink()] : checkArray(OWNER, 'sinks', sinks, checkSink),
    fields: checkFields(OWNER, 'fields', given.fields),
    name: name ?? '',
    shape: {
      time: checkOneOf(OWNER, 'time', given.time, 'iso', ['iso', 'epoch']),
      levels: checkOneOf(OWNER, 'levels', given.levels, 'label', ['label', 'number']),
    },
    resource: given.resource,
    contextManager: contextManager ?? processContexts,
    clock,
    diagnostics: given.diagnostics ?? new Diagnostics({ clock }),
  };
}

export function checkFields(owner: string, option: string, fields: object | undefined): object {
  if (fields === undefined) return {};
  if (fields === null || typeof fields !== 'object') {
    throw invalidOption(owner, option, fields, 'an object');
  }
  return fields;
}

function checkSink(sink: Sink, path: string): void {
  if (typeof sink === 'function') return;
  if (typeof sink === 'object' && sink !== null) {
    if (isByteSink(sink) || isRecordSink(sink) || isLineSink(sink)) return;
  }
  throw invalidOption(OWNER, path, sink, 'a function, or an object with the method write or accept');
}
