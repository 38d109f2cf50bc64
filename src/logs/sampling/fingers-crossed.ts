import { TelltaleError } from '../../common/errors.js';
import { checkFunction, checkInteger, checkNumber, checkOptions } from '../../common/options.js';
import { anyValueOf, define } from '../any-value.js';
import { FIELDS_KEY } from '../context-fields.js';
import { LEVELS, type LevelThreshold, thresholdOf } from '../level.js';
import type { Fields } from '../log-call.js';
import { copySafely } from '../read-safely.js';
import type { LogDraft, LogStage, StageHost } from '../stage.js';
import { SuppressionCount } from './suppression-count.js';

export interface FingersCrossedOptions {
  /** Lines below this level are held. Default `info`, so debug and trace lines are. */
  pass?: LevelThreshold;
  /** A line of this level or graver lets out what its request has held. Default `error`. */
  activate?: LevelThreshold;
  /**
   * What request a line belongs to. Default: its trace, else the `withContext` that it was logged in; lines outside
   * of both belong together.
   */
  by?: (draft: LogDraft) => unknown;
  /** Lines held of one request; the oldest go first. Default 100. */
  maxLines?: number;
  /** Lines held in all; the request that was quiet for longest goes first. Default 10,000. */
  maxTotal?: number;
  /** Milliseconds after its last line at which a request counts as over. Default 60,000. */
  quiet?: number;
}

interface Request {
  held: LogDraft[];
  /** An activating line was logged: nothing is held any more. */
  open: boolean;
  last: number;
}

/**
 * Holds the debug lines of a request, and writes them only if the request fails: when a line of level `activate` is
 * logged in it, the held lines are written before that line, with their own times, and those that follow are
 * written as they come. For the option `buffer` of a logger whose level is `debug`.
 *
 * ```ts
 * new Logger({ level: 'debug', buffer: fingersCrossed() });
 * ```
 *
 * Lines of requests that went well are counted and never written. What is held is a copy, redacted already.
 *
 * @throws TelltaleError for a wrong option, and when one of them is given to two loggers
 */
export function fingersCrossed(options?: FingersCrossedOptions): LogStage {
  const owner = 'fingersCrossed';
  const given = checkOptions(owner, options, ['pass', 'activate', 'by', 'maxLines', 'maxTotal', 'quiet']);
  const pass = thresholdOf(owner, LEVELS, given.pass ?? 'info');
  const activate = thresholdOf(owner, LEVELS, given.activate ?? 'error');
  const by = checkFunction(owner, 'by', given.by) ?? requestOf;
  const maxLines = checkInteger(owner, 'maxLines', given.maxLines, 100, { min: 1 });
  const maxTotal = checkInteger(owner, 'maxTotal', given.maxTotal, 10_000, { min: 1 });
  const quiet = checkNumber(owner, 'quiet', given.quiet, 60_000, { min: 1 });
  const count = new SuppressionCount(owner);
  /** In the order of their last lines, the longest quiet first. */
  const requests = new Map<unknown, Request>();
  let total = 0;
  let host: StageHost | undefined;

  function forget(key: unknown, { held }: Request): void {
    for (const draft of held) count.add(draft);
    total -= held.length;
    requests.delete(key);
  }

  /** Requests that are over by now, and the longest quiet while there are too many lines or requests. */
  function tidy(now: number): void {
    for (const [key, request] of requests) {
      const isOver = now - request.last >= quiet;
      if (!isOver && total <= maxTotal && requests.size <= maxTotal) return;
      forget(key, request);
    }
  }

  return {
    process(draft) {
      if (host === undefined) return true;
      const { value } = draft;
      const isHeld = value < pass && value < activate;
      if (!isHeld && value < activate) return true;
      const now = host.clock.monotonic();
      tidy(now);
      const key = by(draft);
      const request = requests.get(key) ?? { held: [], open: false, last: now };
      request.last = now;
      requests.delete(key);
      requests.set(key, request);
      if (isHeld) {
        if (request.open) return true;
        const copy = draft.copy();
        copy.fields = draft.fields && snapshot(draft.fields);
        request.held.push(copy);
        total++;
        if (request.held.length > maxLines) {
          count.add(request.held.shift()!);
          total--;
        }
        return false;
      }
      const { held } = request;
      request.held = [];
      total -= held.length;
      // What belongs to no request would never be over: it is held again from the next line on.
      request.open = key !== undefined;
      for (const earlier of held) host.emit(earlier);
      return true;
    },
    attach(given) {
      if (host !== undefined) {
        throw new TelltaleError(`${owner}: given to two loggers; accepted: one for each`, owner);
      }
      host = given;
      count.attach(given.diagnostics);
    },
  };
}

function requestOf({ spanContext, context }: LogDraft): unknown {
  return spanContext?.traceId ?? context?.getValue(FIELDS_KEY);
}

/** The caller may change its objects before the line is written. */
function snapshot(fields: Fields): Fields {
  const given = copySafely(fields);
  const copy: Record<string, unknown> = {};
  for (const key of Object.keys(given)) define(copy, key, anyValueOf(given[key]));
  return copy;
}
