/**
 * A winston transport with a telltale logger behind it: what is logged with winston goes to telltale's sinks, with
 * the ids of the current span.
 *
 * ```ts
 * import { TelltaleTransport } from 'telltale/compat/winston';
 * const logger = winston.createLogger({ transports: [new TelltaleTransport({ logger: telemetry.logger })] });
 * ```
 */
import Transport from 'winston-transport';
import { invalidOption } from '../common/errors.js';
import { checkOneOf, checkOptions } from '../common/options.js';
import { LEVELS, type Level } from '../logs/level.js';
import { INSIDE } from '../logs/log-core.js';
import type { Logger } from '../logs/logger.js';
import { copySafely, isError, textOf } from '../logs/read-safely.js';

export interface TelltaleTransportOptions {
  /** Where lines go. */
  logger: Logger;
  /** Telltale's levels for winston's, besides those of `npm` and `syslog`, which are known. */
  levels?: Readonly<Record<string, Level>>;
  /** The level from which winston hands lines over. Default: winston's own. */
  level?: string;
  handleExceptions?: boolean;
  handleRejections?: boolean;
}

const OWNER = 'TelltaleTransport';

/** Winston's sets of levels, `npm`, `cli` and `syslog`. */
const KNOWN: Readonly<Record<string, Level>> = {
  silly: 'trace',
  input: 'trace',
  debug: 'debug',
  verbose: 'debug',
  prompt: 'debug',
  info: 'info',
  http: 'info',
  data: 'info',
  help: 'info',
  notice: 'info',
  warn: 'warn',
  warning: 'warn',
  error: 'error',
  err: 'error',
  crit: 'fatal',
  alert: 'fatal',
  emerg: 'fatal',
  trace: 'trace',
  fatal: 'fatal',
};

/** Where winston keeps the level as it was before a format coloured it, and what followed the message. */
const LEVEL = Symbol.for('level');

type Info = Record<PropertyKey, unknown>;

/** See the head of this file. A level that nobody knows is `info`. Formats of winston's are not needed. */
export class TelltaleTransport extends Transport {
  readonly #logger: Logger;
  readonly #levels: Readonly<Record<string, Level>>;

  /** Throws a `TelltaleError` for wrong options. */
  constructor(options: TelltaleTransportOptions) {
    const {
      logger,
      levels = {},
      ...rest
    } = checkOptions(OWNER, options, ['logger', 'levels', 'level', 'handleExceptions', 'handleRejections']);
    super(rest);
    if (typeof (logger as Partial<Logger> | undefined)?.[INSIDE] !== 'function') {
      throw invalidOption(OWNER, 'logger', logger, 'a Logger');
    }
    const names = Object.keys(LEVELS) as Level[];
    for (const [name, level] of Object.entries(levels)) {
      checkOneOf(OWNER, `levels.${name}`, level, 'info', names);
    }
    this.#logger = logger;
    this.#levels = { ...KNOWN, ...levels };
  }

  override log(info: Info, next: () => void): void {
    try {
      this.#take(info);
    } catch (error) {
      this.#logger[INSIDE]().core.failed('log_failed', 'a line of winston could not be logged', error);
    }
    setImmediate(() => this.emit('logged', info));
    next();
  }

  #take(info: Info): void {
    const name = textOf(info[LEVEL] ?? info.level);
    const level = Object.hasOwn(this.#levels, name) ? this.#levels[name]! : 'info';
    if (!this.#logger.isLevelEnabled(level)) return;
    const { level: _, message, ...fields } = copySafely(info);
    // `logger.error(error)`: winston hands the error itself over, or a copy that has its stack.
    if (isError(info)) {
      this.#logger.log(level, textOf(info.message), { ...fields, err: info });
    } else if (isError(message)) {
      this.#logger.log(level, message.message, { ...fields, err: message });
    } else {
      this.#logger.log(level, typeof message === 'string' ? message : '', withBody(fields, message));
    }
  }
}

/** A message that is no text is a field. */
function withBody(fields: Record<string, unknown>, message: unknown): Record<string, unknown> {
  return typeof message === 'string' || message === undefined ? fields : { ...fields, message };
}
