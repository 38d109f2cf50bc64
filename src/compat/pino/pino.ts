import { invalidOption } from '../../common/errors.js';
import { defineLevels } from '../../logs/define-levels.js';
import { LEVELS, type Level, type LevelTable } from '../../logs/level.js';
import { INSIDE } from '../../logs/log-core.js';
import { Logger } from '../../logs/logger.js';
import { copySafely } from '../../logs/read-safely.js';
import { fileSink } from '../../logs/sinks/file.js';
import type { Sink } from '../../logs/sinks/sink.js';
import { stdoutSink } from '../../logs/sinks/stdout.js';
import { type StreamLike, streamSink } from '../../logs/sinks/stream.js';
import { serialized } from './fields.js';
import { baseOf, checkPinoOptions, formatOf, OWNER, type PinoOptions } from './options.js';
import { PinoCompatLogger, type PinoSettings, withLevels } from './pino-logger.js';
import { redactStage } from './redact.js';
import type { PinoLogger } from './types.js';

/** Where lines go: the path of a file, one of telltale's sinks, a stream, anything with `write`, or several of them. */
export type PinoDestination =
  | string
  | Sink
  | StreamLike
  | { write(line: string): unknown }
  | readonly PinoDestination[];

/**
 * Pino's factory, with a telltale logger behind it: change the import, and what calls pino goes on as it did.
 *
 * ```ts
 * import { pino } from 'telltale/compat/pino';
 * const logger = pino({ level: 'debug', redact: ['req.headers.authorization'] });
 * logger.child({ requestId }).info({ orderId }, 'placed in %d ms', 12);
 * fastify({ loggerInstance: logger });
 * ```
 *
 * Lines have pino's shape: `level` as a number, `time` in epoch milliseconds, `pid` and `hostname`. They are
 * telltale's all the same: valid JSON whatever is logged, no key twice, ids of the current span. A line without a
 * message has an empty one. Transports, which are worker threads of pino's, are sinks here.
 *
 * @throws TelltaleError for wrong options, and for those that only pino has
 */
export function pino<L extends string>(
  options: PinoOptions<L> & { customLevels: Record<L, number> },
  destination?: PinoDestination,
): PinoLogger<L>;
export function pino(options?: PinoOptions, destination?: PinoDestination): PinoLogger;
export function pino(destination: PinoDestination): PinoLogger;
export function pino<L extends string>(first?: unknown, second?: PinoDestination): unknown {
  const alone = second === undefined && isDestination(first);
  const options = checkPinoOptions(alone ? undefined : (first as PinoOptions<L> | undefined));
  const destination = alone ? (first as PinoDestination) : second;
  const { name, customLevels, redact, serializers = {}, formatters, clock, diagnostics } = options;
  const Class =
    customLevels === undefined
      ? (Logger as unknown as new (
          options: object,
        ) => Logger<string>)
      : (defineLevels(customLevels as Record<string, number>) as new (
          options: object,
        ) => Logger<string>);
  const format = formatOf(options);
  const bindings = baseOf(options);
  const base = formatters?.bindings ? formatters.bindings({ ...bindings }) : bindings;
  const inner = new Class({
    level: options.enabled === false ? 'silent' : levelName(options.level),
    sinks: destination === undefined ? [stdoutSink()] : sinksOf(destination),
    fields: serialized(copySafely(base), serializers),
    time: 'epoch',
    levels: 'number',
    ...(name === undefined ? {} : { name }),
    ...(format === undefined ? {} : { format }),
    ...(redact === undefined ? {} : { redact: redactStage(redact) }),
    ...(clock === undefined ? {} : { clock }),
    ...(diagnostics === undefined ? {} : { diagnostics }),
  });
  return dressed(inner, options);
}

/**
 * Pino's face on a telltale logger that is there already, whose sinks, level and format stay its own.
 *
 * ```ts
 * fastify({ loggerInstance: pinoLogger(telemetry.logger) });
 * ```
 */
export function pinoLogger(
  logger: Logger,
  options?: Pick<
    PinoOptions,
    'serializers' | 'mixin' | 'mixinMergeStrategy' | 'msgPrefix' | 'hooks' | 'onChild'
  >,
): PinoLogger {
  // Not `instanceof`: the ESM and the CJS copy of telltale have each a class of their own.
  if (typeof (logger as Partial<Logger> | undefined)?.[INSIDE] !== 'function') {
    throw invalidOption('pinoLogger', 'logger', logger, 'a Logger');
  }
  return dressed(logger as Logger<string>, checkPinoOptions(options));
}

/**
 * A file, or standard output, for pino's second argument.
 *
 * @param to a path, a file descriptor (1 is standard output), or both with options
 */
export function destination(to: string | number | { dest?: string | number; mkdir?: boolean } = 1): Sink {
  const { dest = 1, mkdir = false } = typeof to === 'object' ? to : { dest: to };
  if (typeof dest === 'string') return fileSink({ path: dest, mkdir });
  if (dest === 1) return stdoutSink();
  if (dest === 2) return streamSink(process.stderr);
  throw invalidOption('pino.destination', 'dest', dest, 'a path, 1 or 2');
}

/** Several destinations, each with a level of its own; pino's `multistream`. */
export function multistream(
  streams: readonly (PinoDestination | { level?: Level; stream: PinoDestination })[],
): PinoDestination {
  return streams.flatMap((entry) => {
    if (typeof entry !== 'object' || !('stream' in entry)) return sinksOf(entry as PinoDestination);
    const { level = 'info', stream } = entry;
    return sinksOf(stream).map((sink) => leveled(sink, level));
  });
}

const METHODS = ['write', 'accept', 'lineAdded', 'attach', 'flush', 'flushSync', 'shutdown'] as const;

/** The sink with a level of its own. */
function leveled(sink: Sink, level: Level): Sink {
  if (typeof sink === 'function') return { write: sink, level };
  const whole = sink as Partial<Record<(typeof METHODS)[number], (...args: never[]) => unknown>>;
  const methods = METHODS.filter((method) => typeof whole[method] === 'function');
  return {
    ...sink,
    level,
    ...Object.fromEntries(methods.map((method) => [method, whole[method]!.bind(sink)])),
  } as Sink;
}

function dressed<L extends string>(inner: Logger<string>, options: PinoOptions<L>): PinoLogger<L> {
  const { customLevels, formatters, hooks, serializers = {}, messageKey = 'msg' } = options;
  const settings: PinoSettings = {
    ...(options as Pick<PinoOptions<string>, 'mixin' | 'mixinMergeStrategy' | 'msgPrefix' | 'onChild'>),
    messageKey,
    serializers,
    formatLog: formatters?.log,
    logMethod: hooks?.logMethod as PinoSettings['logMethod'],
  };
  const table = (inner.constructor as unknown as { levels: LevelTable }).levels ?? LEVELS;
  const Face = customLevels === undefined ? PinoCompatLogger : withLevels(Object.keys(customLevels));
  return new Face(inner, settings, table) as unknown as PinoLogger<L>;
}

/** Pino takes `INFO` for `info`. */
function levelName(level = 'info'): string {
  const lower = String(level).toLowerCase();
  return Object.hasOwn(LEVELS, lower) ? lower : level;
}

function isDestination(value: unknown): value is PinoDestination {
  if (typeof value === 'function' || typeof value === 'string' || Array.isArray(value)) return true;
  if (typeof value !== 'object' || value === null) return false;
  return 'write' in value || 'accept' in value || 'lineAdded' in value;
}

function sinksOf(destination: PinoDestination): Sink[] {
  if (Array.isArray(destination)) return destination.flatMap((one: PinoDestination) => sinksOf(one));
  if (typeof destination === 'string') return [fileSink({ path: destination })];
  if (typeof destination === 'function') return [destination];
  if (!isDestination(destination)) {
    const accepted = 'the path of a file, a sink, a stream, or an object with write';
    throw invalidOption(OWNER, 'destination', destination, accepted);
  }
  const { accept, lineAdded, attach, on } = destination as Partial<Record<string, unknown>>;
  if (accept !== undefined || lineAdded !== undefined || attach !== undefined) return [destination as Sink];
  if (typeof on === 'function') return [streamSink(destination as StreamLike)];
  const plain = destination as { write(line: string): unknown };
  return [{ write: (line) => void plain.write(line) }];
}
