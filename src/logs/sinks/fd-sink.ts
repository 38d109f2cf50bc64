import { writeSync } from 'node:fs';
import type { Timer } from '../../common/clock.js';
import { FATAL, type LevelValue } from '../level.js';
import { LineBuffer } from '../line-buffer.js';
import { countLost } from '../lost-lines.js';
import type { BufferSettings } from './buffer-options.js';
import { flushAtExit, forgetAtExit, isExiting } from './exit-hook.js';
import type { ByteSink } from './sink.js';

export interface FdOptions {
  /** Called with the file descriptor when the sink is shut down. */
  close?: (fd: number) => void;
  /** Writes, as `fs.writeSync`; tests hand in one that fails. */
  write?: (fd: number, bytes: Uint8Array) => number;
}

/** As soon as this many bytes wait they are written, without waiting for the end of the turn. */
const CHUNK = 16_384;

/** Milliseconds before the first and the last try again while the other side takes nothing. */
const RETRY_MIN = 5;
const RETRY_MAX = 1000;

/** How often `flush` and `flushSync` try again before they give up: for 5 seconds. */
const TRIES = 1000;

/** Errors after which trying again is of no use. */
const FINAL: readonly unknown[] = ['EPIPE', 'EBADF', 'ECONNRESET', 'EINVAL'];

/**
 * Lines on their way to a file descriptor. They are gathered until the end of the event loop's turn or until
 * 16 kB wait, and then written with `writeSync`. `subject` is whom the warnings name: `stdout`, `file app.log`.
 *
 * Why not an asynchronous write: one that is under way when the host calls `process.exit` can neither be
 * waited for nor be called off, so the lines in it would be lost or written twice. A write of 16 kB into the
 * page cache takes about 10 µs. A pipe that is full answers EAGAIN, and the lines wait in the buffer.
 */
export function fdSink(
  settings: BufferSettings,
  subject: string,
  fd: number,
  { close, write = writeSync }: FdOptions = {},
): ByteSink {
  const buffer = new LineBuffer();
  let { clock, diagnostics } = settings;
  /** A write is planned for the end of this turn. */
  let planned = false;
  /** Set while the other side takes nothing; until it fires no line tries to write. */
  let retry: Timer | undefined;
  let retryDelay = RETRY_MIN;
  /** Why no more lines are taken. */
  let over: string | undefined;
  /** Nobody comes back for a line, so each is seen to as it comes. */
  let atOnce = false;

  const sink: ByteSink = {
    buffer,
    lineAdded,
    attach(host) {
      clock ??= host.clock;
      diagnostics ??= host.diagnostics;
    },
    async flush() {
      drainNow();
      // The clock's timers let the process end; whoever waits for a flush must not find it ended instead.
      const awake = setInterval(() => {}, RETRY_MAX);
      for (let tries = TRIES; retry !== undefined && tries > 0; tries--) {
        await new Promise<void>((resolve) => void clock!.setTimeout(resolve, RETRY_MIN));
        drainNow();
      }
      clearInterval(awake);
    },
    flushSync() {
      drainNow();
      // EAGAIN: the reader is slow. The process is ending, so waiting here blocks nobody. A reader that takes
      // something, however little, is waited for to the end; one that stands still is not.
      for (let tries = TRIES; retry !== undefined && tries > 0; tries--) {
        const held = buffer.length;
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, RETRY_MIN);
        drainNow();
        if (buffer.length < held) tries = TRIES;
      }
      atOnce ||= isExiting();
      if (atOnce && retry !== undefined) end('broken');
    },
    async shutdown() {
      if (over === 'closed') return;
      await sink.flush!();
      end('closed', 'shutdown');
      forgetAtExit(sink);
      close?.(fd);
    },
  };
  return sink;

  function lineAdded(value: LevelValue): void {
    if (!planned) plan();
    const length = buffer.end - buffer.start;
    if (length >= CHUNK || value >= FATAL || atOnce) lineAddedSlow(value, length);
  }

  function plan(): void {
    planned = true;
    atOnce = isExiting();
    flushAtExit(sink);
    setImmediate(() => {
      planned = over !== undefined;
      drain();
    });
  }

  function lineAddedSlow(value: LevelValue, length: number): void {
    if (over !== undefined) {
      lose(over);
      return;
    }
    drain();
    if (length > settings.maxBytes) lose('buffer_full', settings.maxBytes);
    if (value >= FATAL || atOnce) sink.flushSync!();
  }

  function drainNow(): void {
    retry?.cancel();
    retry = undefined;
    drain();
  }

  /** Writes all there is, unless the other side stops taking. */
  function drain(): void {
    while (buffer.length > 0 && retry === undefined && over === undefined) {
      try {
        buffer.consume(write(fd, buffer.lines()));
        retryDelay = RETRY_MIN;
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        if (FINAL.includes(code)) {
          report('sink_closed', 'takes no more lines', error);
          end('broken');
        } else {
          // A slow reader is nothing to talk about; a full disk is.
          if (code !== 'EAGAIN') report('sink_failed', 'cannot be written now; lines are kept', error);
          retry = clock!.setTimeout(drainNow, retryDelay);
          retryDelay = Math.min(retryDelay * 2, RETRY_MAX);
        }
      }
    }
  }

  function end(why: string, reason = why): void {
    over = why;
    planned = atOnce = true;
    retry?.cancel();
    retry = undefined;
    lose(reason);
  }

  function lose(reason: string, max = 0): void {
    const lines = buffer.drop(max, max === 0 || settings.overflow === 'drop-oldest');
    countLost(diagnostics!, subject, reason, lines);
  }

  function report(code: string, trouble: string, error: unknown): void {
    diagnostics!.report(code, subject, `${subject} ${trouble}`, error);
  }
}
