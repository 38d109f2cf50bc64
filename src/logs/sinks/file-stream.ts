import { closeSync, openSync, WriteStream, writeSync } from 'node:fs';
import { isExiting } from './exit-hook.js';
import type { Outlet } from './fd-sink.js';

/** A stream that `fs.createWriteStream` made, and that adds to its file rather than writes at a place. */
export function isFileStream(stream: unknown): stream is WriteStream {
  return stream instanceof WriteStream && (stream as { pos?: number }).pos === undefined;
}

/** Milliseconds that a file may take to be opened. */
const OPENING = 50;

/** The file of a stream, written through its descriptor: what the stream itself holds is lost at `process.exit`. */
export class FileStream implements Outlet {
  readonly #stream: WriteStream & { fd?: number | null; flags?: string };

  constructor(stream: WriteStream) {
    this.#stream = stream;
    // Without a listener the error would end the process; the next write tells of it.
    stream.on('error', ignore);
  }

  write(bytes: Uint8Array): number {
    const { destroyed, fd, writableEnded } = this.#stream;
    if (destroyed || writableEnded) throw failure('EBADF', 'the stream was closed');
    if (typeof fd === 'number') return writeSync(fd, bytes);
    if (!isExiting()) throw failure('EAGAIN', 'the stream is not open yet');
    return this.#writeUnopened(bytes);
  }

  close(): void {
    this.#stream.removeListener('error', ignore);
  }

  /** The process ends before the stream has opened its file. */
  #writeUnopened(bytes: Uint8Array): number {
    // The stream's own opening is under way in a thread, and may empty the file.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, OPENING);
    const own = openSync(this.#stream.path, this.#stream.flags ?? 'a');
    // Opened to be emptied: only once.
    this.#stream.flags = 'a';
    try {
      return writeSync(own, bytes);
    } finally {
      closeSync(own);
    }
  }
}

function ignore(): void {}

function failure(code: string, message: string): NodeJS.ErrnoException {
  return Object.assign(new Error(message), { code });
}
