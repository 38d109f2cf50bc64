import type { Context, ContextManager } from '@opentelemetry/api';
import { type Clock, systemClock } from '../common/clock.js';
import type { Reporter } from '../common/diagnostics.js';
import {
  A_FUNCTION,
  A_STRING,
  AN_OBJECT,
  checkAll,
  checkRule,
  hasMethods,
  oneOf,
  type Rule,
} from '../common/options.js';
import { contextPlace } from '../common/otel-keys.js';
import type { Resource } from '../common/resource.js';
import { warningsOnly } from '../common/warnings.js';
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
  format?: LogFormat | undefined;
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
  diagnostics?: Reporter;
}

const OWNER = 'Logger';

/** The options checked, with their defaults. */
export function loggerSettings(options: LoggerOptions<string> | undefined, table: LevelTable) {
  const given = checkAll(OWNER, options, ['level', 'resource', 'diagnostics', ...STAGE_OPTIONS], {
    categories: A_FUNCTION,
    sinks: ['an array', Array.isArray],
    format: A_FUNCTION,
    fields: AN_OBJECT,
    name: A_STRING,
    time: oneOf('iso', 'epoch'),
    levels: oneOf('label', 'number'),
    onFatal: A_FUNCTION,
    contextManager: hasMethods('active'),
    clock: hasMethods('now', 'monotonic', 'setTimeout'),
  });
  const {
    level = 'info',
    sinks = [stdoutSink()],
    fields = {},
    contextManager = processContexts(),
    clock = systemClock,
    diagnostics = warningsOnly(clock),
  } = given;
  return {
    ...given,
    level: levelSource(OWNER, table, level),
    sinks: sinks.map((sink, i): SinkPlace => {
      checkRule(OWNER, `sinks[${i}]`, sink, A_SINK);
      const { level, format = given.format } = sink as SinkLifecycle;
      if (format !== undefined) checkRule(OWNER, 'format', format, A_FUNCTION);
      return {
        sink: typeof sink === 'function' ? { write: sink } : sink,
        minimum: level === undefined ? 0 : thresholdOf('sink', table, level),
        format,
      };
    }),
    fields,
    stages: stagesOf(OWNER, given),
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

/** The level that was given by name, or that knows its value itself. */
export function levelSource(owner: string, table: LevelTable, level: unknown): LevelSource {
  if (typeof level === 'object' && level !== null && 'value' in level) return level as LevelSource;
  return { value: thresholdOf(owner, table, level) };
}

/** The stages of the options, in their order. */
export function stagesOf(owner: string, options: StageOptions): LogStage[] {
  return STAGE_OPTIONS.flatMap((option) => {
    return ([options[option] ?? []].flat() as Stage[]).map((stage) => {
      const made = typeof stage === 'function' ? { process: stage as LogStage['process'] } : stage;
      checkRule(owner, option, made, A_STAGE);
      return made;
    });
  });
}

/**
 * The context manager of the process, where somebody made one; until then nothing is current. Not through its class,
 * to keep that out of a bundle of the logger alone.
 */
function processContexts(): Pick<ContextManager, 'active'> {
  const place = contextPlace();
  return { active: () => place.manager?.active() as Context };
}

const A_STAGE: Rule = [
  'a stage, as redaction() makes one, or a function',
  (stage) => typeof (stage as LogStage | null | undefined)?.process === 'function',
];

const A_SINK: Rule = [
  'a function, or an object with the method write or accept',
  (sink) => {
    const { write, accept, lineAdded } = (sink ?? {}) as AnySink;
    return [sink, write, accept, lineAdded].some(A_FUNCTION[1]);
  },
];
