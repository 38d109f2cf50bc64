import type { Context, HrTime, Span, TimeInput } from '@opentelemetry/api';
import { type Clock, systemClock } from '../../common/clock.js';
import { processContexts } from '../../common/context.js';
import { invalidOption } from '../../common/errors.js';
import type { FlushOptions } from '../../common/export.js';
import { checkOptions } from '../../common/options.js';
import { SPAN_KEY } from '../../common/otel-keys.js';
import { isTelemetrySuppressed } from '../../common/suppression.js';
import { Bindings } from '../bindings.js';
import { Draft } from '../draft.js';
import { LEVELS, type Level } from '../level.js';
import type { Fields } from '../log-call.js';
import { INSIDE } from '../log-core.js';
import type { Logger } from '../logger.js';
import { copySafely } from '../read-safely.js';
import { stringify } from '../stringify.js';
import type {
  ApiLogger,
  ApiLoggerOptions,
  ApiLoggerProvider,
  ApiLogRecord,
  EnabledOptions,
} from './api-types.js';

export interface LoggerProviderOptions {
  /** Where the records go: its level, its redaction and its sinks are theirs. */
  logger: Logger;
  clock?: Clock;
}

const OWNER = 'LoggerProvider';
const NAMES = Object.keys(LEVELS) as Level[];

/** Loggers remembered at most: their names may come from outside. */
const MAX_LOGGERS = 1000;

/**
 * Telltale behind OpenTelemetry's logs API: what libraries emit there goes through a telltale logger, with its
 * level, its stages and all its sinks, and comes out of exporters as it was given: times, severity, body, event name
 * and scope.
 *
 * ```ts
 * const provider = new LoggerProvider({ logger });
 * registerLogs({ provider });
 * ```
 *
 * In lines, and for redaction, a body that is no text is the field `body`.
 *
 * Specification: https://opentelemetry.io/docs/specs/otel/logs/sdk/
 *
 * @throws TelltaleError for wrong options
 */
export class LoggerProvider implements ApiLoggerProvider {
  readonly #logger: Logger;
  readonly #clock: Clock;
  readonly #known = new Map<string, ApiLogger>();

  constructor(options: LoggerProviderOptions) {
    const { logger, clock = systemClock } = checkOptions(OWNER, options, ['logger', 'clock']);
    if (typeof (logger as Partial<Logger> | undefined)?.[INSIDE] !== 'function') {
      throw invalidOption(OWNER, 'logger', logger, 'a Logger');
    }
    this.#logger = logger;
    this.#clock = clock;
  }

  /** A logger of that scope; the same one for the same scope. */
  getLogger(name: string, version?: string, options?: ApiLoggerOptions): ApiLogger {
    const { schemaUrl, attributes } = options ?? {};
    const scope = {
      name: String(name ?? ''),
      ...(version === undefined ? {} : { version }),
      ...(schemaUrl === undefined ? {} : { schemaUrl }),
      ...(attributes === undefined ? {} : { attributes }),
    };
    const key = stringify(scope);
    let logger = this.#known.get(key);
    if (logger === undefined) {
      logger = new ScopedLogger(this.#logger, scope, this.#clock);
      if (this.#known.size < MAX_LOGGERS) this.#known.set(key, logger);
    }
    return logger;
  }

  forceFlush(options?: FlushOptions): Promise<void> {
    return this.#logger.flush(options);
  }

  /** Shuts the logger's sinks down. */
  shutdown(options?: FlushOptions): Promise<void> {
    return this.#logger.shutdown(options);
  }
}

class ScopedLogger implements ApiLogger {
  readonly #logger: Logger;
  readonly #bindings: Bindings;
  readonly #clock: Clock;

  constructor(parent: Logger, scope: { name: string }, clock: Clock) {
    this.#logger = parent.child({}, scope.name === '' ? {} : { name: scope.name });
    const { bindings } = this.#logger[INSIDE]();
    const { resource } = bindings.source;
    this.#bindings = new Bindings({ resource, instrumentationScope: scope }, bindings.stages, {}, bindings);
    this.#clock = clock;
  }

  enabled(options?: EnabledOptions): boolean {
    return this.#logger.isLevelEnabled(levelOf(options?.severityNumber));
  }

  /** Never throws. What is emitted while telemetry is suppressed, by an exporter, is passed over. */
  emit(record: ApiLogRecord): void {
    const { core } = this.#logger[INSIDE]();
    try {
      const level = levelOf(record.severityNumber);
      const context = record.context ?? processContexts().active();
      if (!this.#logger.isLevelEnabled(level) || isTelemetrySuppressed(context)) return;
      core.emit(this.#draft(record, level, context));
    } catch (error) {
      core.failed('log_failed', 'a record of the logs API could not be logged', error);
    }
  }

  #draft(record: ApiLogRecord, level: Level, context: Context): Draft {
    const { body, eventName, exception, severityText, severityNumber } = record;
    const fields: Record<string, unknown> = {};
    if (eventName) fields.event = eventName;
    Object.assign(fields, record.attributes === undefined ? undefined : copySafely(record.attributes));
    if (exception !== undefined && fields.err === undefined) fields.err = exception;
    const isText = typeof body !== 'object' || body === null;
    const bodyField = isText ? undefined : Object.hasOwn(fields, 'body') ? 'body_' : 'body';
    if (bodyField !== undefined) fields[bodyField] = body;
    const message = isText && body !== undefined && body !== null ? String(body) : (eventName ?? '');
    const now = this.#clock.now();
    const seen = hrTime(record.observedTimestamp, now);
    const time = record.timestamp === undefined ? seen : hrTime(record.timestamp, now);
    const draft = new Draft(
      time[0] * 1000 + time[1] / 1e6,
      level,
      LEVELS[level],
      message,
      fields as Fields,
      context,
      context.getValue(SPAN_KEY) as Span | undefined,
      this.#bindings,
    );
    draft.event = eventName || undefined;
    draft.given = { hrTime: time, hrTimeObserved: seen, severityText, severityNumber, bodyField };
    return draft;
  }
}

/** 1 to 24, four to a level; `info` without one. */
function levelOf(severityNumber: number | undefined): Level {
  return NAMES[Math.floor(((severityNumber || 9) - 1) / 4)] ?? 'info';
}

/** Milliseconds, a date, or `[seconds, nanoseconds]`; anything else is now. */
function hrTime(time: TimeInput | undefined, now: number): HrTime {
  if (Array.isArray(time) && time[0] >= 0 && time[1] >= 0) return [time[0], time[1]];
  const milliseconds = Number(time instanceof Date ? time.getTime() : (time ?? now));
  const safe = Number.isFinite(milliseconds) && milliseconds >= 0 ? milliseconds : now;
  const seconds = Math.floor(safe / 1000);
  return [seconds, Math.round((safe - seconds * 1000) * 1e6)];
}
