/**
 * Lines of `console` as lines of a telltale logger, for as long as you like.
 *
 * ```ts
 * import { captureConsole } from 'telltale/compat/console';
 * const release = captureConsole(telemetry.logger);
 * console.warn('cart %s is empty', id);      // a line of level warn, in the trace of the request
 * release();
 * ```
 */
import { formatWithOptions } from 'node:util';
import { invalidOption } from '../common/errors.js';
import { checkBoolean, checkOptions } from '../common/options.js';
import type { Level } from '../logs/level.js';
import { INSIDE } from '../logs/log-core.js';
import type { Logger } from '../logs/logger.js';
import { isError, isPlain, textOf } from '../logs/read-safely.js';

export interface CaptureConsoleOptions {
  /** Whether to print as well, as `console` does. Default false. */
  print?: boolean;
  /** The object whose methods are replaced. Default: the global `console`. */
  console?: Pick<Console, Method>;
}

type Method = 'trace' | 'debug' | 'log' | 'info' | 'warn' | 'error';

const METHODS: Readonly<Record<Method, Level>> = {
  trace: 'trace',
  debug: 'debug',
  log: 'info',
  info: 'info',
  warn: 'warn',
  error: 'error',
};

const OWNER = 'captureConsole';

/**
 * Has `console.log`, `info`, `warn`, `error`, `debug` and `trace` log with a logger. Texts and plain values become
 * the message, as `console` formats it; an error stands under `err`; the one plain object among the arguments
 * becomes the fields. `console.table`, `dir`, `group` and the others print as ever.
 *
 * What a sink prints with `console` while it takes such a line is printed: it does not come back.
 *
 * @returns puts `console` back as it was, unless somebody else has replaced its methods since
 * @throws TelltaleError for wrong options
 */
export function captureConsole(logger: Logger, options?: CaptureConsoleOptions): () => void {
  const given = checkOptions(OWNER, options, ['print', 'console']);
  const print = checkBoolean(OWNER, 'print', given.print, false);
  const target = given.console ?? console;
  if (typeof (logger as Partial<Logger> | undefined)?.[INSIDE] !== 'function') {
    throw invalidOption(OWNER, 'logger', logger, 'a Logger');
  }
  let inside = false;
  const replaced = Object.entries(METHODS).map(([name, level]) => {
    const method = name as Method;
    const original = target[method];
    const ours = (...args: unknown[]): void => {
      if (inside || print) original.apply(target, args);
      if (inside) return;
      inside = true;
      try {
        log(logger, level, args);
      } finally {
        inside = false;
      }
    };
    target[method] = ours;
    return { method, original, ours };
  });
  return () => {
    for (const { method, original, ours } of replaced) {
      if (target[method] === ours) target[method] = original;
    }
  };
}

function log(logger: Logger, level: Level, args: readonly unknown[]): void {
  if (!logger.isLevelEnabled(level)) return;
  const errors = args.filter(isError);
  // An object that a placeholder asks for belongs to the text.
  const isTemplate = typeof args[0] === 'string' && /%[sdifjoOc]/.test(args[0]);
  const objects = isTemplate ? [] : args.filter(isPlain);
  const [fields] = objects.length === 1 ? objects : [];
  const [err] = errors;
  const taken = new Set<unknown>([...(fields ? [fields] : []), ...(err && !isTemplate ? [err] : [])]);
  const said = args.filter((arg) => !taken.has(arg));
  let message: string;
  try {
    message = formatWithOptions({ colors: false }, ...said);
  } catch {
    message = said.map(textOf).join(' '); // an object whose inspection throws
  }
  if (err === undefined) logger.log(level, message, fields ?? null);
  else logger.log(level, message === '' ? textOf(err.message) : message, { err, ...fields });
}
