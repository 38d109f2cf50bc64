import { mkdtempSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { trace } from '@opentelemetry/api';
import { type DestinationStream, type LoggerOptions, type Logger as PinoLogger, pino } from 'pino';
import { rootContext } from '../../src/common/context.js';
import { AsyncLocalContextManager } from '../../src/common/context-manager.js';
import { Logger, type LoggerOptions as OurOptions, redaction } from '../../src/logs/index.js';
import { fileSink } from '../../src/logs/sinks/file.js';
import { errors, hex, MASK, messages, orders } from '../lib/log-data.js';
import type { BenchLine, Comparison } from '../line.js';

/**
 * Telltale's logger with its default settings against pino 10, both to a file in the system's folder for
 * temporary files, both flushed within the measured time, both giving the event loop a turn every 500 lines as
 * a server does.
 *
 * Of pino's documented settings `sync: true` with `minLength: 4096`, which its own benchmarks use, was the
 * fastest here: 2,900 ns a line, against 4,600 with `sync: false` and `minLength: 4096`, and 4,800 with a
 * `minLength` of 16,000. It writes its default time (epoch milliseconds, cheaper than our ISO time), and neither
 * `pid` nor `hostname`, since our lines have none.
 */
export const logLines: BenchLine[] = [
  {
    name: 'log line, 3 fields',
    aim: 6,
    setup: () =>
      compare(
        (logger, i) => {
          const { id, total, express } = orders[i & MASK]!;
          logger.info(messages[i & MASK]!, { orderId: id, total, express });
        },
        (logger, i) => {
          const { id, total, express } = orders[i & MASK]!;
          logger.info({ orderId: id, total, express }, messages[i & MASK]!);
        },
      ),
  },
  {
    name: 'log line, message only',
    aim: 4,
    setup: () =>
      compare(
        (logger, i) => logger.info(messages[i & MASK]!),
        (logger, i) => logger.info(messages[i & MASK]!),
      ),
  },
  {
    name: 'child logger, 2 bindings',
    aim: 6,
    setup: () =>
      compare(
        (logger, i) => logger.info(messages[i & MASK]!, { total: orders[i & MASK]!.total }),
        (logger, i) => logger.info({ total: orders[i & MASK]!.total }, messages[i & MASK]!),
        { bindings: { requestId: 'req-7f3a91c2', userId: 48213 } },
      ),
  },
  {
    name: 'disabled level',
    aim: 1,
    setup: () =>
      compare(
        (logger, i) => logger.debug(messages[i & MASK]!),
        (logger, i) => logger.debug(messages[i & MASK]!),
      ),
  },
  {
    name: 'log line in a trace',
    aim: 5,
    setup: () => {
      const contexts = new AsyncLocalContextManager();
      const spans = Array.from({ length: 64 }, (_, i) =>
        trace.setSpan(
          rootContext,
          trace.wrapSpanContext({ traceId: hex(32, i), spanId: hex(16, i), traceFlags: 1 }),
        ),
      );
      return compare(
        (logger, i) => logger.info(messages[i & MASK]!, { orderId: orders[i & MASK]!.id }),
        (logger, i) => logger.info({ orderId: orders[i & MASK]!.id }, messages[i & MASK]!),
        {
          contexts,
          mixin() {
            const spanContext = trace.getSpanContext(contexts.active());
            if (spanContext === undefined) return {};
            return {
              trace_id: spanContext.traceId,
              span_id: spanContext.spanId,
              trace_flags: `0${spanContext.traceFlags.toString(16)}`,
            };
          },
          // Four lines in each span: a request that logs now and then.
          turn: (from, to, log) => {
            for (let i = from; i < to; i += 4) {
              contexts.with(spans[(i >> 2) & 63]!, () => {
                for (let j = i; j < i + 4 && j < to; j++) log(j);
              });
            }
          },
        },
      );
    },
  },
  {
    // One path to a field, one to a field of an object, one with a wildcard, as pino's documentation has them.
    name: 'log line, 3 redaction paths',
    aim: 4,
    setup: () =>
      compare(
        (logger, i) => {
          const { id, total, express } = orders[i & MASK]!;
          logger.info(messages[i & MASK]!, {
            orderId: id,
            password: id,
            user: { id: total, token: id },
            shipping: { express, secret: id },
          });
        },
        (logger, i) => {
          const { id, total, express } = orders[i & MASK]!;
          logger.info(
            {
              orderId: id,
              password: id,
              user: { id: total, token: id },
              shipping: { express, secret: id },
            },
            messages[i & MASK]!,
          );
        },
        { redact: ['password', 'user.token', '*.secret'] },
      ),
  },
  {
    // Ours buffers errors here as pino does; by default it writes each before the call returns.
    name: 'error with a cause',
    aim: 2,
    setup: () =>
      compare(
        (logger, i) => logger.error(errors[i & 63], messages[i & MASK]),
        (logger, i) => logger.error(errors[i & 63], messages[i & MASK]),
      ),
  },
];

interface Setting {
  bindings?: Record<string, unknown>;
  contexts?: AsyncLocalContextManager;
  mixin?: LoggerOptions['mixin'];
  /** Paths. */
  redact?: string[];
  /** Logs the lines of one turn of the event loop: those from `from` to before `to`. */
  turn?(from: number, to: number, log: (i: number) => void): void;
}

/** Lines between two turns of the event loop. */
const TURN = 500;

async function compare(
  ours: (logger: Logger, i: number) => void,
  peer: (logger: PinoLogger, i: number) => void,
  setting: Setting = {},
): Promise<Comparison> {
  const folder = mkdtempSync(join(tmpdir(), 'telltale-bench-'));
  const ourFile = join(folder, 'ours.log');
  const peerFile = join(folder, 'peer.log');

  const { mixin, redact } = setting;
  const ourOptions: OurOptions = { sinks: [fileSink({ path: ourFile, flushLevel: 'fatal' })] };
  if (setting.contexts !== undefined) ourOptions.contextManager = setting.contexts;
  if (redact !== undefined) ourOptions.redact = redaction({ paths: redact });
  const root = new Logger(ourOptions);
  const ourLogger = setting.bindings === undefined ? root : root.child(setting.bindings);

  const destination = pino.destination({ dest: peerFile, sync: true, minLength: 4096 });
  const peerOptions: LoggerOptions = { base: undefined };
  if (mixin !== undefined) peerOptions.mixin = mixin;
  if (redact !== undefined) peerOptions.redact = redact;
  const peerRoot = pino(peerOptions, destination as DestinationStream);
  const peerLogger = setting.bindings === undefined ? peerRoot : peerRoot.child(setting.bindings);

  // Other call sites that are alive in the process, with other shapes of fields, as in a real one.
  for (let i = 0; i < 2000; i++) {
    warmUp(i, (fields, message) => root.info(message, fields));
    warmUp(i, (fields, message) => peerRoot.info(fields, message));
  }
  const turn = setting.turn ?? plainTurn;
  return {
    ours: {
      name: 'telltale',
      async run(n) {
        const log = (i: number): void => ours(ourLogger, i);
        for (let done = 0; done < n; done += TURN) {
          turn(done, Math.min(done + TURN, n), log);
          await new Promise(setImmediate);
        }
        root.flushSync();
        truncateSync(ourFile);
      },
    },
    peer: {
      name: 'pino 10',
      async run(n) {
        const log = (i: number): void => peer(peerLogger, i);
        for (let done = 0; done < n; done += TURN) {
          turn(done, Math.min(done + TURN, n), log);
          await new Promise(setImmediate);
        }
        // Not flushSync, which would also wait for the disk (fsync); ours does not.
        destination.flush();
        truncateSync(peerFile);
      },
    },
    async teardown() {
      await root.shutdown();
      destination.end();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function plainTurn(from: number, to: number, log: (i: number) => void): void {
  for (let i = from; i < to; i++) log(i);
}

function warmUp(i: number, log: (fields: object, message: string) => void): void {
  const { id, total, express } = orders[i & MASK]!;
  if (i % 4 === 0) log({ method: 'GET', path: `/orders/${id}`, status: 200, ms: total }, 'request done');
  else if (i % 4 === 1) log({ customer: { id, vip: express } }, 'customer seen');
  else if (i % 4 === 2) log({ id, tags: ['a', 'b'], at: null }, 'tagged');
  else log({}, messages[i & MASK]!);
}
