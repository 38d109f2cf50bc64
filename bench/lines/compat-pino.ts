import { mkdtempSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DestinationStream, pino } from 'pino';
import { pino as compatPino, destination } from '../../src/compat/pino/index.js';
import type { BenchLine } from '../line.js';

/** The same calls on pino's factory of `telltale/compat/pino` and on pino, which is set up as in `logs.ts`. */
export const compatPinoLines: BenchLine[] = [
  {
    name: 'pino by telltale/compat, child and 3 fields',
    aim: 2,
    async setup() {
      const folder = mkdtempSync(join(tmpdir(), 'telltale-bench-'));
      const ourFile = join(folder, 'ours.log');
      const peerFile = join(folder, 'peer.log');
      const ours = compatPino({ base: null }, destination(ourFile)).child({ requestId: 'req-7f3a91c2' });
      const stream = pino.destination({ dest: peerFile, sync: true, minLength: 4096 });
      const peer = pino({ base: null }, stream as DestinationStream).child({ requestId: 'req-7f3a91c2' });
      const log = (logger: { info(fields: object, message: string): void }, i: number): void => {
        logger.info({ orderId: ids[i & 1023], total: i % 5000, express: i % 3 === 0 }, 'order placed');
      };
      return {
        ours: {
          name: 'telltale',
          async run(n) {
            for (let done = 0; done < n; done += 500) {
              for (let i = done; i < done + 500 && i < n; i++) log(ours, i);
              await new Promise(setImmediate);
            }
            await new Promise<void>((resolve) => ours.flush(() => resolve()));
            truncateSync(ourFile);
          },
        },
        peer: {
          name: 'pino 10',
          async run(n) {
            for (let done = 0; done < n; done += 500) {
              for (let i = done; i < done + 500 && i < n; i++) log(peer, i);
              await new Promise(setImmediate);
            }
            stream.flush();
            truncateSync(peerFile);
          },
        },
        teardown: () => rmSync(folder, { recursive: true, force: true }),
      };
    },
  },
];

const ids = Array.from({ length: 1024 }, (_, i) => `order-${(i * 7919) % 100_000}`);
