import { accessSync, constants } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Clock, systemClock } from '../clock.js';
import { crc32 } from '../crc32.js';
import { Diagnostics, type Reporter } from '../diagnostics.js';
import { invalidOption } from '../errors.js';
import { makeFolder } from '../make-folder.js';
import { checkNumbers } from '../number-table.js';
import { checkBoolean, checkOptions, checkString } from '../options.js';
import { cryptoRandom, type RandomSource } from '../random.js';
import { type RetryOptions, retryPolicy } from '../retry.js';
import { messageOf } from '../warnings.js';
import { SpoolBooks, type SpoolDropReason, type SpoolStats } from './books.js';
import type { Spool, SpoolOutlet } from './spool.js';
import { WorkingSpool } from './working-spool.js';

export interface DiskSpoolOptions {
  /** Made where it does not exist. Several processes and several exporters may share it. */
  directory: string;
  /** Bytes that an exporter keeps at most; then the oldest requests give way. Default 256 MiB. */
  maxBytes?: number;
  /** Milliseconds after which a request is not sent any more. Default 86,400,000 (a day). */
  maxAge?: number;
  /** Pauses between attempts to send what is kept: `initialDelay` (1,000 ms) and `maxDelay` (30,000 ms). */
  retry?: Pick<RetryOptions, 'initialDelay' | 'maxDelay'>;
  /**
   * Wait until the disk itself has each request, so that it survives the machine and not only the process: one
   * `fdatasync` a request. Default false.
   */
  sync?: boolean;
  /** Default: the exporter's. */
  clock?: Clock;
  random?: RandomSource;
  /** Default: the exporter's. */
  diagnostics?: Reporter;
}

/** A spool, and what became of all that it kept. */
export interface DiskSpool extends Spool {
  readonly stats: SpoolStats;
}

/**
 * Keeps requests on disk while a back end cannot be reached, and sends them when it can, in order: an option of
 * the exporters that send over HTTP.
 *
 * ```ts
 * import { diskSpool } from 'telltale/spool';
 * const spool = diskSpool({ directory: '/var/spool/checkout' });
 * otlpTraceExporter({ endpoint, spool });
 * ```
 *
 * A request that fails in a way that another try may mend (no connection, no answer, 429, 502, 503, 504) is
 * written to the directory, and so are those after it until everything kept has been sent; to the queue in front
 * it counts as exported. A process that was killed leaves its files to the next one with the same exporter,
 * address and directory. What is kept is sent exactly once, unless the process or the connection dies between
 * sending a request and reading the answer: then it is sent again and counted as `repeated`. Everything that is
 * not sent is counted by reason, damaged files included.
 *
 * On disk are the encoded bodies, compressed where the exporter compresses, and never a credential: headers with
 * tokens are asked for again when a request is sent.
 *
 * Memory: one request, and one file of 4 MiB while it is sent.
 *
 * @throws TelltaleError for wrong options, and for a directory that cannot be made or written to
 */
export function diskSpool(options: DiskSpoolOptions): DiskSpool {
  const owner = 'diskSpool';
  const given = checkOptions(owner, options, [
    'directory',
    'maxBytes',
    'maxAge',
    'retry',
    'sync',
    'clock',
    'random',
    'diagnostics',
  ]);
  const { maxBytes, maxAge } = checkNumbers<'maxBytes' | 'maxAge'>(owner, '', given, {
    maxBytes: [256 * 1024 * 1024, 1024, true],
    maxAge: [86_400_000, 1],
  });
  const sync = checkBoolean(owner, 'sync', given.sync, false);
  checkOptions(`${owner}: retry`, given.retry, ['initialDelay', 'maxDelay']);
  const retry = retryPolicy(owner, given.retry);
  const directory = usableDirectory(owner, given.directory);
  const open: { books: SpoolBooks; queue: WorkingSpool }[] = [];
  return {
    open(outlet: SpoolOutlet) {
      const { name, address } = outlet;
      const books = new SpoolBooks(name, given.diagnostics ?? outlet.diagnostics ?? new Diagnostics());
      const folder = `${name.replace(/[^\w-]+/g, '-')}-${crc32(Buffer.from(address)).toString(16)}`;
      const queue = new WorkingSpool(
        outlet,
        {
          directory: join(directory, folder),
          maxBytes,
          maxAge,
          sync,
          retry,
          clock: given.clock ?? outlet.clock ?? systemClock,
          random: given.random ?? cryptoRandom(),
        },
        books,
      );
      open.push({ books, queue });
      return queue;
    },
    get stats() {
      const sum = { spooled: 0, sent: 0, repeated: 0, bytes: 0 };
      const dropped: Record<SpoolDropReason, number> = { refused: 0, expired: 0, full: 0, corrupt: 0 };
      for (const { books, queue } of open) {
        const { counts } = books;
        for (const what of ['spooled', 'sent', 'repeated'] as const) sum[what] += counts[what];
        for (const reason of Object.keys(dropped) as SpoolDropReason[]) dropped[reason] += counts[reason];
        sum.bytes += queue.bytes;
      }
      return { ...sum, dropped };
    },
  };
}

function usableDirectory(owner: string, given: string): string {
  const directory = resolve(checkString(owner, 'directory', given ?? '', ''));
  try {
    makeFolder(directory);
    accessSync(directory, constants.W_OK);
  } catch (error) {
    throw invalidOption(
      owner,
      'directory',
      given,
      `a directory that can be written to (${messageOf(error)})`,
    );
  }
  return directory;
}
