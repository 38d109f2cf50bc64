import type { Clock } from '../../common/clock.js';
import { processContexts } from '../../common/context.js';
import type { Reporter } from '../../common/diagnostics.js';
import { TelltaleError } from '../../common/errors.js';
import { EXPORT_FAILED, EXPORT_SUCCESS, type ExportResult } from '../../common/export.js';
import { checkArray, checkFunction, checkInteger, checkOptions, checkString } from '../../common/options.js';
import type { RetryOptions } from '../../common/retry.js';
import { isTelemetrySuppressed } from '../../common/suppression.js';
import type { Level, LevelThreshold } from '../level.js';
import type { ReadableLogRecord } from '../readable-log-record.js';
import { exporterSink } from './exporter.js';
import type { RecordSink } from './sink.js';

export interface LogHookOptions<L extends string = never> {
  /**
   * Called with one record at a time, in a turn of the event loop after the line was written. What it throws or
   * rejects with is counted and told, and goes nowhere else. `signal` aborts when its time is up.
   */
  run: (record: ReadableLogRecord, signal: AbortSignal) => unknown;
  /** The gravest lines: those of this level and above. Default `error`, where there are no `levels`. */
  level?: LevelThreshold | NoInfer<L>;
  /** Just the lines of these levels. */
  levels?: readonly (Level | NoInfer<L>)[];
  /** Which of them it is called for. Default: all. */
  filter?: (record: ReadableLogRecord) => boolean;
  /** Names the hook in counters and warnings. Default `hook`. */
  name?: string;
  /** Records that wait at most; those that come when it is full are dropped and counted. Default 1,000. */
  maxQueued?: number;
  /** Calls under way at the same time. Default 1. */
  concurrency?: number;
  /** Milliseconds that one call may take. Default 10,000. */
  timeout?: number;
  /** Further attempts where `run` rejects with an error whose `retryable` is `true`. Default: none. */
  retry?: RetryOptions | false;
  clock?: Clock;
  diagnostics?: Reporter;
}

/**
 * A sink that has a function called for lines of chosen levels: to page somebody, to count, to post a message.
 *
 * ```ts
 * const paging = logHook({ level: 'fatal', run: (record) => page(`${record.body}`) });
 * new Logger({ sinks: [stdoutSink(), paging] });
 * ```
 *
 * The line is never held up: the hook is called later, has a bounded queue and a deadline for each call, and can
 * throw what it likes. It sees lines as they are written, redacted. `flush` and `shutdown` of the logger wait for
 * it; `process.exit` does not. What is logged while a hook runs, by the hook itself or below it, does not come back
 * to it.
 *
 * @throws TelltaleError for wrong options
 */
export function logHook<L extends string = never>(options: LogHookOptions<L>): RecordSink {
  const owner = 'logHook';
  const given = checkOptions(owner, options, [
    'run',
    'level',
    'levels',
    'filter',
    'name',
    'maxQueued',
    'concurrency',
    'timeout',
    'retry',
    'clock',
    'diagnostics',
  ]);
  const { run, filter, levels, retry = false, clock, diagnostics } = given;
  if (run === undefined) throw new TelltaleError(`${owner}: run is missing; accepted: a function`, 'run');
  checkFunction(owner, 'run', run);
  checkFunction(owner, 'filter', filter);
  const exporter = {
    // The queue hands over one record at a time, outside of the context in which it was logged.
    export(records: ReadableLogRecord[], done: (result: ExportResult) => void, signal?: AbortSignal) {
      call(records[0]!, signal!).then(
        () => done({ code: EXPORT_SUCCESS }),
        (error: unknown) => done({ code: EXPORT_FAILED, error: error as Error }),
      );
    },
    shutdown: async () => {},
  };
  async function call(record: ReadableLogRecord, signal: AbortSignal): Promise<void> {
    if (filter === undefined || filter(record)) await run(record, signal);
  }
  return filteredSink(
    exporterSink({
      exporter,
      name: checkString(owner, 'name', given.name, 'hook'),
      maxItems: checkInteger(owner, 'maxQueued', given.maxQueued, 1000, { min: 1 }),
      maxInFlight: checkInteger(owner, 'concurrency', given.concurrency, 1, { min: 1 }),
      exportTimeout: checkInteger(owner, 'timeout', given.timeout, 10_000, { min: 1 }),
      maxBatchItems: 1,
      interval: 0,
      retry,
      ...(clock === undefined ? {} : { clock }),
      ...(diagnostics === undefined ? {} : { diagnostics }),
    }),
    given.level ?? (levels === undefined ? 'error' : undefined),
    levels &&
      new Set(checkArray(owner, 'levels', levels, (level, path) => checkString(owner, path, level, ''))),
  );
}

/** A sink of records for lines of these levels, and for none that is logged where telemetry is suppressed. */
export function filteredSink(
  sink: RecordSink,
  level: LevelThreshold | string | undefined,
  levels?: ReadonlySet<string>,
): RecordSink {
  return {
    ...sink,
    level: level as LevelThreshold | undefined,
    accept(call) {
      if (levels !== undefined && !levels.has(call.level)) return;
      // A hook that logs where it is called for would be called for that, too, and so on for ever.
      if (!isTelemetrySuppressed(processContexts().active())) sink.accept(call);
    },
  };
}
