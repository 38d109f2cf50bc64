import { fileURLToPath } from 'node:url';
import { invalidOption } from '../../common/errors.js';
import { checkInteger, checkOptions } from '../../common/options.js';
import { EVENT } from '../event-form.js';
import { type LevelTable, type LevelThreshold, thresholdOf } from '../level.js';
import { Logger } from '../logger.js';
import type { LogStage } from '../stage.js';
import { addFields } from './add-fields.js';

export interface CallerOptions<L extends string = never> {
  /** From which level on lines say where they were logged, as `file:line`. Default `error`. */
  level?: LevelThreshold | NoInfer<L>;
  /** From which level on they carry the whole stack of the call. Default `fatal`. */
  stackLevel?: LevelThreshold | NoInfer<L>;
  /** How many functions of your own lie between the caller and the logger. Default 0. */
  skip?: number;
  /** Frames of the stack, at most. Default 20. */
  frames?: number;
  /** The class of the logger, where it is one of `defineLevels`. */
  logger?: { readonly levels: Readonly<Record<L, number>> };
}

/**
 * Where in the code a line was logged, for the option `caller` of a logger: `"caller":"/app/orders.ts:12"`, and
 * for fatal lines `"stack"`, the whole way there. Source maps are followed where Node follows them
 * (`--enable-source-maps`, `process.setSourceMapsEnabled(true)`).
 *
 * ```ts
 * new Logger({ caller: callerOf({ level: 'warn' }) });
 * ```
 *
 * It costs some microseconds a line, for V8 has to write the stack down; lines below both levels cost nothing.
 *
 * @throws TelltaleError for an option that is wrong
 */
export function callerOf<L extends string = never>(options?: CallerOptions<L>): LogStage {
  const owner = 'callerOf';
  const given = checkOptions(owner, options, ['level', 'stackLevel', 'skip', 'frames', 'logger']);
  const Class = (given.logger ?? Logger) as typeof Logger;
  if (typeof Class !== 'function' || !(Class === Logger || Class.prototype instanceof Logger)) {
    throw invalidOption(owner, 'logger', Class, 'a class of loggers');
  }
  const table: LevelTable = Class.levels;
  const callerFrom = thresholdOf(owner, table, given.level ?? 'error');
  const stackFrom = thresholdOf(owner, table, given.stackLevel ?? 'fatal');
  const skip = checkInteger(owner, 'skip', given.skip, 0, { min: 0, max: 100 });
  const frames = checkInteger(owner, 'frames', given.frames, 20, { min: 1, max: 200 });
  const methods = Class.prototype as unknown as Record<PropertyKey, unknown>;

  return {
    process(draft) {
      const { value, level } = draft;
      const wantsStack = value >= stackFrom;
      if (value < callerFrom && !wantsStack) return true;
      // Whichever of these was called is on the stack, and what called it is wanted; that of an event is one up.
      const depth = skip + (wantsStack ? frames : 1);
      let place = stackAbove(methods[level], depth).slice(skip);
      if (place.length === 0) place = stackAbove(methods.log, depth).slice(skip);
      if (place.length === 0) place = stackAbove(methods[EVENT], depth + 1).slice(skip + 1);
      if (place.length === 0) return true;
      const more: Record<string, unknown> = {};
      if (value >= callerFrom) more.caller = placeOf(place[0]!);
      if (wantsStack) more.stack = place.join('\n');
      addFields(draft, more);
      return true;
    },
  };
}

/** The frames above the call of a function, as V8 prints them; none if it is not being called. */
function stackAbove(method: unknown, frames: number): string[] {
  if (typeof method !== 'function') return [];
  const holder: { stack?: unknown } = {};
  const limit = Error.stackTraceLimit;
  try {
    Error.stackTraceLimit = frames;
    Error.captureStackTrace(holder, method as () => void);
    const { stack } = holder;
    return typeof stack === 'string' ? stack.split('\n').slice(1) : [];
  } finally {
    Error.stackTraceLimit = limit;
  }
}

/** `file:line` of a frame like `at charge (file:///app/payments.js:12:9)`. */
function placeOf(frame: string): string {
  const match = /(?:\(|at (?:async )?)([^()]+):(\d+):\d+\)?$/.exec(frame);
  if (match === null) return frame.trim();
  const [, file, line] = match as unknown as [string, string, string];
  return `${file.startsWith('file:') ? pathOf(file) : file}:${line}`;
}

function pathOf(url: string): string {
  try {
    return fileURLToPath(url);
  } catch {
    return url;
  }
}
