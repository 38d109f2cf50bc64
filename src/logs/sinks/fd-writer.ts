import { writeSync } from 'node:fs';
import { type Clock, systemClock, type Timer } from '../../common/clock.js';
import { Diagnostics } from '../../common/diagnostics.js';
import type { LevelIndex } from '../level.js';
import { LineBuffer } from '../line-buffer.js';
import type { BufferSettings } from './buffer-options.js';
import { flushAtExit, forgetAtExit, isExiting } from './exit-hook.js';
import { dropOverflow, type LossReason, linesLost } from './lost-lines.js';
import type { ByteSink, SinkHost } from './sink.js';

export interface FdWriterOptions extends BufferSettings {
  /** Whom the warnings name: `stdout`, `file /var/log/app.log`. */
  subject: string;
  /** Opens the file descriptor, at the first write and again after the file could not be opened. */
  open(): number;
  close?(fd: number): void;
  /** Writes, as `fs.writeSync`; tests hand in one that fails. */
  write?: ((fd: number, bytes: Uint8Array) => number) | undefined;
}

/** As soon as this many bytes wait they are written, without waiting for the end of the turn. */
const CHUNK = 16_384;

/** A grave line (fatal) is written before the call returns. */
const SYNC_FROM: LevelIndex = 5;

/** Milliseconds before the first and the last try again while the other side takes nothing. */
const RETRY_MIN = 5;
const RETRY_MAX = 1000;

/** Milliseconds that `flush` waits, and that the end of the process waits, for the other side to take the rest. */
const FLUSH_DEADLINE = 5000;
const EXIT_DEADLINE = 2000;

/**
 * Lines on their way to a file descriptor. They are gathered until the end of the event loop's turn or until
 * 16 kB wait, and then written with `writeSync`.
 *
 * Why not an asynchronous write: one that is under way when the host calls `process.exit` can neither be
 * waited for nor be called off, so the lines in it would be lost or written twice. A write of 16 kB into the
 * page cache takes about 10 µs. A pipe that is full answers EAGAIN, and the lines wait in the buffer.
 */
export class FdWriter implements ByteSink {
  readonly buffer = new LineBuffer();
  readonly #options: FdWriterOptions;
  readonly #write: (fd: number, bytes: Uint8Array) => number;
  #fd = -1;
  /** A write is planned for the end of this turn. */
  #planned: NodeJS.Immediate | undefined;
  /** Set while the other side takes nothing; until it fires no line tries to write. */
  #retry: Timer | undefined;
  #retryDelay = RETRY_MIN;
  #state: 'new' | 'open' | 'ending' | 'broken' | 'closed' = 'new';
  readonly #waiting = new Set<() => void>();
  readonly #plannedWrite = (): void => {
    this.#planned = undefined;
    this.#drain();
  };

  constructor(options: FdWriterOptions) {
    this.#options = options;
    this.#write = options.write ?? writeSync;
  }

  attach(host: SinkHost): void {
    this.#options.clock ??= host.clock;
    this.#options.diagnostics ??= host.diagnostics;
  }

  lineAdded(index: LevelIndex, _from: number): void {
    const length = this.buffer.end - this.buffer.start;
    if (length >= CHUNK || index >= SYNC_FROM || this.#state !== 'open') this.#lineAddedSlow(index, length);
    else if (this.#planned === undefined) this.#planned = setImmediate(this.#plannedWrite);
  }

  flush(): Promise<void> {
    this.#drain();
    if (this.buffer.length === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const deadline = this.#time().setTimeout(done, FLUSH_DEADLINE);
      // The clock's timers let the process end; whoever waits for a flush must not find it ended instead.
      const awake = setInterval(() => {}, FLUSH_DEADLINE);
      const waiting = this.#waiting.add(done);
      function done(): void {
        deadline.cancel();
        clearInterval(awake);
        waiting.delete(done);
        resolve();
      }
    });
  }

  flushSync(): void {
    const deadline = performance.now() + EXIT_DEADLINE;
    this.#cancelRetry();
    this.#drain();
    // EAGAIN: the reader is slow. The process is ending, so waiting here blocks nobody, but not for ever.
    while (this.#retry !== undefined && this.buffer.length > 0 && performance.now() < deadline) {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, RETRY_MIN);
      this.#cancelRetry();
      this.#drain();
    }
    // Nobody will come back for lines that are logged from here on, so each is written as it comes.
    if (isExiting() && this.#state === 'open') this.#state = 'ending';
    if (this.#state === 'ending' && this.buffer.length > 0) {
      this.#state = 'broken';
      this.#lose('broken');
    }
  }

  async shutdown(): Promise<void> {
    if (this.#state === 'closed') return;
    await this.flush();
    this.#lose('shutdown');
    this.#state = 'closed';
    this.#cancelRetry();
    forgetAtExit(this);
    if (this.#fd >= 0) this.#options.close?.(this.#fd);
    this.#fd = -1;
  }

  #lineAddedSlow(index: LevelIndex, length: number): void {
    if (this.#state === 'new') {
      this.#state = 'open';
      flushAtExit(this);
      this.#planned ??= setImmediate(this.#plannedWrite);
    }
    if (this.#state === 'broken' || this.#state === 'closed') {
      this.#lose(this.#state);
      return;
    }
    if (length > this.#options.maxBytes) {
      if (this.#retry === undefined) this.#drain();
      dropOverflow(this.buffer, this.#options.subject, this.#options, this.#voice());
    }
    if (index >= SYNC_FROM || this.#state === 'ending') this.flushSync();
    else if (length >= CHUNK && this.#retry === undefined) this.#drain();
  }

  /** Writes all there is, unless the other side stops taking. */
  #drain(): void {
    const { buffer } = this;
    while (buffer.length > 0 && this.#retry === undefined && this.#writable()) {
      try {
        if (this.#fd < 0) this.#fd = this.#options.open();
        const written = this.#write(this.#fd, buffer.view());
        this.#retryDelay = RETRY_MIN;
        buffer.consume(written);
      } catch (error) {
        this.#failed(error as NodeJS.ErrnoException);
      }
    }
    if (buffer.length === 0 && this.#waiting.size > 0) for (const done of [...this.#waiting]) done();
  }

  #failed(error: NodeJS.ErrnoException): void {
    if (isFinal(error.code)) {
      this.#state = 'broken';
      this.#report('sink_closed', 'takes no more lines', error);
      this.#lose('broken');
      return;
    }
    // A slow reader is nothing to talk about; a full disk or a missing directory is.
    if (error.code !== 'EAGAIN') this.#report('sink_failed', 'cannot be written now; lines are kept', error);
    this.#retry = this.#time().setTimeout(() => {
      this.#retry = undefined;
      this.#drain();
    }, this.#retryDelay);
    this.#retryDelay = Math.min(this.#retryDelay * 2, RETRY_MAX);
    this.buffer.compact();
  }

  #writable(): boolean {
    return this.#state === 'open' || this.#state === 'ending';
  }

  #lose(reason: LossReason): void {
    linesLost(this.buffer, this.#options.subject, reason, this.#voice());
  }

  #report(code: string, trouble: string, error?: unknown): void {
    this.#voice().report(code, this.#options.subject, `${this.#options.subject} ${trouble}`, error);
  }

  #cancelRetry(): void {
    this.#retry?.cancel();
    this.#retry = undefined;
  }

  #time(): Clock {
    return this.#options.clock ?? systemClock;
  }

  #voice(): Diagnostics {
    this.#options.diagnostics ??= new Diagnostics({ clock: this.#time() });
    return this.#options.diagnostics;
  }
}

/** Errors after which trying again is of no use. */
function isFinal(code: string | undefined): boolean {
  return code === 'EPIPE' || code === 'EBADF' || code === 'ECONNRESET' || code === 'EINVAL';
}
