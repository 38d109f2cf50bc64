import { writeSync } from 'node:fs';
import { getSystemErrorName } from 'node:util';
import type { Worker } from 'node:worker_threads';
import { checkInteger, checkOptions } from '../../common/options.js';
import type { Writer } from './writer.js';

export interface WorkerWriterOptions {
  /** Bytes that may be under way to the thread; a power of two is made of it. Default 1 MiB, at least 64 KiB. */
  bytes?: number;
}

/** Words of the shared header. */
const HEAD = 0;
const TAIL = 1;
const FD = 2;
const ERROR = 3;
/** 1: the thread is to end; 2: it has. */
const STOP = 4;
/** Raised when there is something to look at. */
const WAKE = 5;
const HEADER_BYTES = 24;

/** Milliseconds that the end of the thread is waited for at most. */
const END_WAIT = 200;

const NEWLINE = 0x0a;

/**
 * Has a thread write the lines of a file sink, so that a slow disk never stops the event loop.
 *
 * ```ts
 * fileSink({ path: '/mnt/nfs/app.log', writer: workerWriter() });
 * ```
 *
 * Handing lines over costs about as much as writing them into the page cache: on a healthy local disk the thread
 * gains nothing. The promises of the sink stay: at the end of the process, and for lines of its `flushLevel`, the
 * thread is waited for. One writer serves one sink.
 */
export function workerWriter(options?: WorkerWriterOptions): Writer {
  const given = checkOptions('workerWriter', options, ['bytes']);
  const wanted = checkInteger('workerWriter', 'bytes', given.bytes, 1_048_576, { min: 65_536, max: 2 ** 29 });
  return new RingWriter(2 ** Math.ceil(Math.log2(wanted)));
}

/**
 * A ring of bytes in shared memory. The event loop adds at the head, the thread writes from the tail. The counters
 * run on over the 32-bit boundary; the size is a power of two, so their low bits are the position.
 *
 * Shared memory, and not messages, because it can be waited for and read back at the end of the process, when
 * messages are no longer delivered.
 */
class RingWriter implements Writer {
  readonly #header: Int32Array;
  readonly #ring: Uint8Array;
  /** Until the thread runs, and after it died, lines are written here. */
  #thread: Worker | undefined;
  #isClosed = false;

  constructor(size: number) {
    const memory = new SharedArrayBuffer(HEADER_BYTES + size);
    this.#header = new Int32Array(memory, 0, HEADER_BYTES / 4);
    this.#ring = new Uint8Array(memory, HEADER_BYTES);
    void this.#start(memory);
  }

  async #start(memory: SharedArrayBuffer): Promise<void> {
    const { Worker } = await import('node:worker_threads');
    if (this.#isClosed) return;
    const workerData = { memory, HEADER_BYTES };
    const thread = new Worker(THREAD, { eval: true, workerData, name: 'telltale logs' });
    thread.unref();
    thread.on('error', () => {});
    thread.on('exit', () => {
      this.#thread = undefined;
    });
    this.#thread = thread;
  }

  write(fd: number, bytes: Uint8Array): number {
    const header = this.#header;
    if (this.#thread === undefined) {
      this.#writeRest();
      return writeSync(fd, bytes);
    }
    if (fd !== header[FD]) {
      if (this.#held() > 0) throw errorOf('EAGAIN');
      Atomics.store(header, FD, fd);
    }
    const ring = this.#ring;
    const free = ring.length - this.#held();
    if (free === 0) throw errorOf(this.#error() ?? 'EAGAIN');
    const count = Math.min(free, bytes.length);
    const at = header[HEAD]! & (ring.length - 1);
    const before = Math.min(count, ring.length - at);
    ring.set(bytes.subarray(0, before), at);
    ring.set(bytes.subarray(before, count), 0);
    Atomics.add(header, HEAD, count);
    this.#wake();
    return count;
  }

  behind(ms: number): boolean {
    for (;;) {
      const tail = Atomics.load(this.#header, TAIL);
      if (this.#held() === 0) return false;
      if (this.#thread === undefined) {
        this.#writeRest();
        return false;
      }
      const error = this.#error();
      if (error !== undefined && error !== 'EAGAIN') throw errorOf(error);
      if (ms === 0 || Atomics.wait(this.#header, TAIL, tail, ms) === 'timed-out') return this.#held() > 0;
    }
  }

  close(): number {
    this.#isClosed = true;
    if (this.#thread !== undefined && Atomics.compareExchange(this.#header, STOP, 0, 1) === 0) {
      this.#wake();
      // The file descriptor will be closed, and its number be somebody else's.
      Atomics.wait(this.#header, STOP, 1, END_WAIT);
      void this.#thread.terminate();
    }
    let lines = 0;
    for (let at = this.#header[TAIL]!, held = this.#held(); held > 0; held--, at++) {
      if (this.#ring[at & (this.#ring.length - 1)] === NEWLINE) lines++;
    }
    return lines;
  }

  #wake(): void {
    Atomics.add(this.#header, WAKE, 1);
    Atomics.notify(this.#header, WAKE);
  }

  #held(): number {
    return (Atomics.load(this.#header, HEAD) - Atomics.load(this.#header, TAIL)) | 0;
  }

  #error(): string | undefined {
    const errno = Atomics.load(this.#header, ERROR);
    return errno === 0 ? undefined : getSystemErrorName(errno);
  }

  /** What a thread that died has left behind. */
  #writeRest(): void {
    for (let held = this.#held(); held > 0; held = this.#held()) {
      const from = this.#header[TAIL]! & (this.#ring.length - 1);
      const count = writeSync(this.#header[FD]!, this.#ring, from, Math.min(held, this.#ring.length - from));
      Atomics.add(this.#header, TAIL, count);
    }
  }
}

function errorOf(code: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${code}: the thread that writes lines`), { code });
}

/**
 * The thread. A text, and not a file of its own: a file would have to be found at run time, which is what breaks
 * other loggers' threads once they are bundled. While the other side takes nothing it tries again every 20 ms.
 */
const THREAD = `
const { workerData: { memory, HEADER_BYTES } } = require('node:worker_threads');
const { writeSync } = require('node:fs');
const header = new Int32Array(memory, 0, HEADER_BYTES / 4);
const ring = new Uint8Array(memory, HEADER_BYTES);
const [HEAD, TAIL, FD, ERROR, STOP, WAKE] = [0, 1, 2, 3, 4, 5];
for (;;) {
  const wake = Atomics.load(header, WAKE);
  if (Atomics.load(header, STOP) === 1) break;
  const head = Atomics.load(header, HEAD);
  const tail = header[TAIL];
  if (head === tail) {
    Atomics.wait(header, WAKE, wake);
    continue;
  }
  const from = tail & (ring.length - 1);
  const count = Math.min((head - tail) | 0, ring.length - from);
  try {
    Atomics.add(header, TAIL, writeSync(Atomics.load(header, FD), ring, from, count));
    Atomics.store(header, ERROR, 0);
    Atomics.notify(header, TAIL);
  } catch (error) {
    Atomics.store(header, ERROR, error.errno);
    Atomics.notify(header, TAIL);
    Atomics.wait(header, WAKE, wake, 20);
  }
}
Atomics.store(header, STOP, 2);
Atomics.notify(header, STOP);
`;
