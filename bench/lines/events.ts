import { mkdtempSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineEvent } from '../../src/logs/events/index.js';
import { fileSink, Logger } from '../../src/logs/index.js';
import type { BenchLine, Comparison, Contestant } from '../line.js';

/**
 * Typed events against telltale's own generic path: the same line (name of the event included) to the same kind of
 * file, values that vary, a turn of the event loop every 500 lines. Two other events are alive in the process.
 */
export const eventLines: BenchLine[] = [
  {
    name: 'typed event, 4 fields (peer: logger.info)',
    aim: 1.1,
    setup: () =>
      compare(
        (logger, i) => {
          const { id, total, express } = orders[i & MASK]!;
          placed(logger, { orderId: id, total, express });
        },
        (logger, i) => {
          const { id, total, express } = orders[i & MASK]!;
          logger.info('order placed', { event: 'order.placed', orderId: id, total, express });
        },
      ),
  },
  {
    name: 'typed event, nested (peer: logger.info)',
    aim: 1.3,
    setup: () =>
      compare(
        (logger, i) => {
          const { id, total, customer, items } = orders[i & MASK]!;
          shipped(logger, { orderId: id, total, customer, items });
        },
        (logger, i) => {
          const { id, total, customer, items } = orders[i & MASK]!;
          logger.info('order shipped', { event: 'order.shipped', orderId: id, total, customer, items });
        },
      ),
  },
];

const order = { orderId: { type: 'string' }, total: { type: 'number' } } as const;
const placed = defineEvent(
  'order.placed',
  { type: 'object', properties: { ...order, express: { type: 'boolean' } } },
  { message: 'order placed' },
);
const shipped = defineEvent(
  'order.shipped',
  {
    type: 'object',
    properties: {
      ...order,
      customer: {
        type: 'object',
        properties: { id: { type: 'string' }, country: { type: 'string' } },
        required: ['id', 'country'],
      },
      items: {
        type: 'array',
        items: {
          type: 'object',
          properties: { sku: { type: 'string' }, quantity: { type: 'integer' } },
          required: ['sku', 'quantity'],
        },
      },
    },
  },
  { message: 'order shipped' },
);
const seen = defineEvent('customer.seen', { type: 'object', properties: { id: { type: 'string' } } });

const TURN = 500;
const MASK = 1023;
const orders = Array.from({ length: MASK + 1 }, (_, i) => ({
  id: text(5 + ((i * 7) % 36), i),
  total: i % 2 === 0 ? (i * 7919) % 100_000 : ((i * 7919) % 1_000_000) / 100,
  express: i % 3 === 0,
  customer: { id: text(12, i * 3), country: i % 2 === 0 ? 'SE' : 'PT' },
  items: Array.from({ length: 1 + (i % 3) }, (_, j) => ({ sku: text(8, i * 5 + j), quantity: j + 1 })),
}));

async function compare(
  ours: (logger: Logger, i: number) => void,
  peer: (logger: Logger, i: number) => void,
): Promise<Comparison> {
  const folder = mkdtempSync(join(tmpdir(), 'telltale-bench-'));
  const loggers: Logger[] = [];
  function side(name: string, log: (logger: Logger, i: number) => void): Contestant {
    const path = join(folder, `${name.replaceAll(' ', '-')}.log`);
    const logger = new Logger({ sinks: [fileSink({ path })] });
    loggers.push(logger);
    for (let i = 0; i < 2000; i++) {
      const { id, total, express, customer, items } = orders[i & MASK]!;
      if (i % 4 === 0) seen(logger, { id });
      else if (i % 4 === 1) placed(logger, { orderId: id, total, express });
      else if (i % 4 === 2) shipped(logger, { orderId: id, total, customer, items });
      else logger.info('request done', { method: 'GET', path: `/orders/${id}`, status: 200, ms: total });
    }
    return {
      name,
      async run(n) {
        for (let done = 0; done < n; done += TURN) {
          for (let i = done; i < done + TURN && i < n; i++) log(logger, i);
          await new Promise(setImmediate);
        }
        logger.flushSync();
        truncateSync(path);
      },
    };
  }
  return {
    ours: side('telltale', ours),
    peer: side('generic path', peer),
    async teardown() {
      for (const logger of loggers) await logger.shutdown();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A flat string; one that was only just joined would be joined for good within the measured time. */
function text(length: number, seed: number): string {
  const letters = 'abcdefghijklmnopqrstuvwxyz0123456789-_ /';
  let result = '';
  for (let i = 0; i < length; i++) result += letters[(seed * 17 + i * i * 13 + i) % letters.length];
  return Buffer.from(result).toString();
}
