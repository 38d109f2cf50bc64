import { hostname } from 'node:os';
import type { Clock } from '../../common/clock.js';
import type { Diagnostics } from '../../common/diagnostics.js';
import { invalidOption, TelltaleError } from '../../common/errors.js';
import { checkFunction, checkOptions, checkString } from '../../common/options.js';
import type { Level } from '../../logs/level.js';
import type { LogFormat } from '../../logs/log-call.js';
import { pinoLine } from './pino-line.js';
import { type SerializerFn, stdTimeFunctions } from './serializers.js';
import type { Formatters, PinoLogger, RedactOptions } from './types.js';

/** The options of pino that telltale's factory knows. */
export interface PinoOptions<L extends string = never> {
  level?: Level | 'silent' | NoInfer<L>;
  name?: string;
  /** Default: the ids of process and host; `null` for neither. */
  base?: Record<string, unknown> | null;
  /** `true` (the default) is epoch milliseconds; `false` none; or one of `stdTimeFunctions`. */
  timestamp?: boolean | (() => string);
  messageKey?: string;
  errorKey?: string;
  nestedKey?: string;
  serializers?: Record<string, SerializerFn>;
  redact?: string[] | RedactOptions;
  formatters?: Formatters;
  mixin?: (mergeObject: object, level: number, logger: PinoLogger<L>) => object;
  mixinMergeStrategy?: (mergeObject: object, mixinObject: object) => object;
  msgPrefix?: string;
  customLevels?: Record<L, number>;
  enabled?: boolean;
  crlf?: boolean;
  hooks?: {
    logMethod?: (
      this: PinoLogger<L>,
      args: unknown[],
      method: (...args: unknown[]) => void,
      level: number,
    ) => void;
  };
  onChild?: (child: PinoLogger<L>) => void;
  /** Taken for pino's sake and without effect: telltale bounds depth and width by itself. */
  depthLimit?: number;
  edgeLimit?: number;
  safe?: boolean;
  clock?: Clock;
  diagnostics?: Diagnostics;
}

export const OWNER = 'pino';

const KNOWN = [
  'level',
  'name',
  'base',
  'timestamp',
  'messageKey',
  'errorKey',
  'nestedKey',
  'serializers',
  'redact',
  'formatters',
  'mixin',
  'mixinMergeStrategy',
  'msgPrefix',
  'customLevels',
  'enabled',
  'crlf',
  'hooks',
  'onChild',
  'depthLimit',
  'edgeLimit',
  'safe',
  'clock',
  'diagnostics',
] as const;

/** Throws a `TelltaleError` for an option that is wrong, or that only pino itself has. */
export function checkPinoOptions<L extends string>(options: PinoOptions<L> | undefined): PinoOptions<L> {
  if (options !== undefined && options !== null && 'transport' in options) {
    if (options.transport !== undefined) {
      throw new TelltaleError(
        `${OWNER}: transport is not known here; accepted: a destination, or telltale's sinks, as the second argument`,
        'transport',
      );
    }
    const { transport: _, ...rest } = options as PinoOptions<L> & { transport?: undefined };
    return checkPinoOptions(rest as PinoOptions<L>);
  }
  const given = checkOptions(OWNER, options, KNOWN as readonly (keyof PinoOptions<L> & string)[]);
  for (const option of ['mixin', 'mixinMergeStrategy', 'onChild'] as const) {
    checkFunction<unknown>(OWNER, option, given[option]);
  }
  for (const option of ['messageKey', 'errorKey', 'nestedKey', 'msgPrefix'] as const) {
    checkString(OWNER, option, given[option] || undefined, '');
  }
  for (const [key, serializer] of Object.entries(given.serializers ?? {})) {
    checkFunction(OWNER, `serializers.${key}`, serializer);
  }
  const { base } = given;
  if (base !== undefined && base !== null && typeof base !== 'object') {
    throw invalidOption(OWNER, 'base', base, 'an object, or null');
  }
  return given;
}

export function baseOf<L extends string>({ base }: PinoOptions<L>): Record<string, unknown> {
  return base === null ? {} : (base ?? { pid: process.pid, hostname: hostname() });
}

/** The format of lines where the logger's own does not do. */
export function formatOf<L extends string>(options: PinoOptions<L>): LogFormat | undefined {
  const { messageKey = 'msg', errorKey = 'err', nestedKey, timestamp = true, formatters, crlf } = options;
  const plain =
    messageKey === 'msg' &&
    errorKey === 'err' &&
    nestedKey === undefined &&
    timestamp === true &&
    formatters?.level === undefined &&
    crlf !== true;
  if (plain) return undefined;
  const { epochTime, nullTime } = stdTimeFunctions;
  return pinoLine({
    messageKey,
    errorKey,
    nestedKey,
    time: typeof timestamp === 'function' ? timestamp : timestamp ? epochTime : nullTime,
    level: formatters?.level,
    end: crlf === true ? '\r\n' : '\n',
  });
}
