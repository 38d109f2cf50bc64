import { createWriteStream, mkdtempSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { configure, getJsonLinesFormatter, getLogger, reset } from '@logtape/logtape';
import { pino } from 'pino';
import winston from 'winston';
import { fileSink, Logger } from '../../src/logs/index.js';
import { MASK, messages, orders } from '../lib/log-data.js';
import type { BenchLine, Comparison } from '../line.js';

/**
 * The line with three fields beside two more loggers, all to a file. winston writes through its JSON format and
 * a stream, as its documentation shows; LogTape has no buffered file sink of its own here, so its JSON lines go
 * through the destination that pino uses, with the same settings.
 */
export const logPeerLines: BenchLine[] = [
  {
    name: 'log line, 3 fields, winston',
    aim: 6,
    setup: () =>
      beside('winston 3', async (file) => {
        const stream = createWriteStream(file, { flags: 'a' });
        const logger = winston.createLogger({
          level: 'info',
          format: winston.format.combine(winston.format.timestamp(), winston.format.json()),
          transports: [new winston.transports.Stream({ stream })],
        });
        return {
          log: (i) => {
            const { id, total, express } = orders[i & MASK]!;
            logger.info(messages[i & MASK]!, { orderId: id, total, express });
          },
          flush: () => new Promise((resolve) => void stream.write('', () => resolve())),
          end: () => new Promise((resolve) => void stream.end(() => resolve())),
        };
      }),
  },
  {
    name: 'log line, 3 fields, LogTape',
    aim: 6,
    setup: () =>
      beside('LogTape 2', async (file) => {
        const destination = pino.destination({ dest: file, sync: true, minLength: 4096 });
        const format = getJsonLinesFormatter();
        await configure({
          reset: true,
          sinks: { file: (record) => void destination.write(format(record)) },
          loggers: [
            { category: 'bench', lowestLevel: 'info', sinks: ['file'] },
            { category: ['logtape', 'meta'], lowestLevel: 'error', sinks: [] },
          ],
        });
        const logger = getLogger('bench');
        return {
          log: (i) => {
            const { id, total, express } = orders[i & MASK]!;
            logger.info(messages[i & MASK]!, { orderId: id, total, express });
          },
          flush: async () => destination.flush(),
          end: async () => {
            await reset();
            destination.end();
          },
        };
      }),
  },
];

interface Peer {
  log(i: number): void;
  flush(): Promise<void>;
  end(): Promise<void>;
}

/** Lines between two turns of the event loop. */
const TURN = 500;

async function beside(name: string, makePeer: (file: string) => Promise<Peer>): Promise<Comparison> {
  const folder = mkdtempSync(join(tmpdir(), 'telltale-bench-'));
  const ourFile = join(folder, 'ours.log');
  const peerFile = join(folder, 'peer.log');
  const logger = new Logger({ sinks: [fileSink({ path: ourFile })] });
  const peer = await makePeer(peerFile);
  return {
    ours: {
      name: 'telltale',
      async run(n) {
        for (let i = 0; i < n; i++) {
          const { id, total, express } = orders[i & MASK]!;
          logger.info(messages[i & MASK]!, { orderId: id, total, express });
          if (i % TURN === 0) await new Promise(setImmediate);
        }
        logger.flushSync();
        truncateSync(ourFile);
      },
    },
    peer: {
      name,
      async run(n) {
        for (let i = 0; i < n; i++) {
          peer.log(i);
          if (i % TURN === 0) await new Promise(setImmediate);
        }
        await peer.flush();
        truncateSync(peerFile);
      },
    },
    async teardown() {
      await logger.shutdown();
      await peer.end();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
