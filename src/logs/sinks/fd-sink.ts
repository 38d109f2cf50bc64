import type { Timer } from '../../common/clock.js';
import { LEVELS, type LevelValue, thresholdOf } from '../level.js';
import { LineBuffer } from '../line-buffer.js';
import { countLost } from '../lost-lines.js';
import type { BufferSettings } from './buffer-options.js';
import { type Flushable, flushAtExit, forgetAtExit, isExiting } from './exit-hook.js';
import type { ByteSink } from './sink.js';

/** Where the bytes of a sink go. */
export interface Outlet {
  /** Takes some or all of the bytes and returns how many, or throws: as `fs.writeSync`. */
  write(bytes: Uint8Array): number;
  /** Waits up to `ms` milliseconds for what was taken, and says whether some of it still has not arrived. */
  behind?(ms: number): boolean;
  /** Gives up what has not arrived, and returns how many lines that are. */
  abandon?(): number;
  /** Called when the sink is shut down; without it the sink lives on, for it holds nothing. */
  close?(): void | Promise<void>;
}

/** As soon as this many bytes wait they are written, without waiting for the end of the turn. */
const CHUNK = 131_072;

/** Milliseconds before the first and the last try again while the other side takes nothing. */
const RETRY_MIN = 5;
const RETRY_MAX = 1000;

/** How often `flush` and the end of the process try again while the other side stands still: for 5 seconds. */
const TRIES = 1000;

/** How many of these tries are left for the end of the process: what stands still stops the host for 1 second. */
const LAST_TRIES = 800;

/** Errors after which trying again is of no use. */
const FINAL: readonly unknown[] = ['EPIPE', 'EBADF', 'ECONNRESET'];

/**
 * Lines on their way to a file descriptor. They are gathered until the end of the event loop's turn or until
 * 128 kB wait, and then written with `writeSync`. `subject` is whom the warnings name: `stdout`, `file app.log`.
 *
 * Why not an asynchronous write: one that is under way when the host calls `process.exit` can neither be
 * waited for nor be called off, so the lines in it would be lost or written twice. A write of 128 kB into the
 * page cache takes 20 to 40 µs; with one for each 64 kB a line costs 3 to 8 % more. A pipe that is full answers
 * EAGAIN, and the lines wait in the buffer.
 */
export function fdSink(settings: BufferSettings, subject: string, outlet: Outlet): ByteSink {
  const buffer = new LineBuffer();
  /** Lines of this level do not wait. */
  let urgent = 0;
  let chunk = CHUNK;
  /** A write is planned. */
  let planned = false;
  /** Set while the other side takes nothing; until it fires no line tries to write. */
  let retry: Timer | undefined;
  let retryDelay = RETRY_MIN;
  /** How often it may still be waited for. */
  let patience = TRIES;
  /** Lines that were dropped since that was last told in a line. */
  let dropped = 0;
  /** Why no more lines are taken. */
  let over: string | undefined;

  const sink: ByteSink & Flushable = {
    level: settings.level,
    format: settings.format,
    buffer,
    lineAdded,
    write(line, _, value = 0) {
      if (buffer.add(line)) lineAdded(value);
    },
    attach(host) {
      settings.clock ??= host.clock;
      settings.diagnostics ??= host.diagnostics;
      settings.line ??= host.line;
      urgent = thresholdOf(subject, LEVELS, settings.flushLevel);
      chunk = Math.min(CHUNK, settings.maxBytes);
    },
    async flush() {
      drainNow();
      // The clock's timers let the process end; whoever waits for a flush must not find it ended instead.
      const awake = setInterval(() => {}, RETRY_MAX);
      for (let tries = TRIES; isBehind(0) && tries > 0; tries--) {
        await new Promise<void>((resolve) => void settings.clock!.setTimeout(resolve, RETRY_MIN));
        drainNow();
      }
      clearInterval(awake);
    },
    flushSync() {
      drainNow();
      // EAGAIN: the reader is slow. A reader that takes something, however little, is waited for to the end; one
      // that stands still is not, and not again before it has moved.
      for (const last = isExiting() ? 0 : LAST_TRIES; isBehind(RETRY_MIN) && patience > last; patience--) {
        if (retry !== undefined) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, RETRY_MIN);
        drainNow();
      }
      if (isExiting()) {
        urgent = 0;
        if (isBehind(0)) end('broken');
      }
    },
    async shutdown() {
      if (over === 'closed') return;
      await sink.flush!();
      if (outlet.close !== undefined) end('closed', 'shutdown');
      if (buffer.length === 0) forgetAtExit(sink);
      await outlet.close?.();
    },
  };
  return sink;

  function lineAdded(value: LevelValue): void {
    if (!planned) plan();
    const length = buffer.end - buffer.start;
    if (length >= chunk || value >= urgent) lineAddedSlow(value);
  }

  function plan(): void {
    if (over !== undefined) {
      lose(over);
      return;
    }
    planned = true;
    if (isExiting()) urgent = 0;
    flushAtExit(sink);
    const { interval } = settings;
    if (interval > 0) settings.clock!.setTimeout(drainPlanned, interval);
    else setImmediate(drainPlanned);
  }

  function drainPlanned(): void {
    planned = false;
    drain();
  }

  function lineAddedSlow(value: LevelValue): void {
    drain();
    const { maxBytes, overflow } = settings;
    const full = buffer.length > maxBytes;
    const waits = full && overflow === 'write-sync' && patience > LAST_TRIES;
    if (waits || value >= urgent) sink.flushSync!();
    if (full) lose('buffer_full', maxBytes);
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
        buffer.consume(outlet.write(buffer.lines()));
        retryDelay = RETRY_MIN;
        patience = TRIES;
        if (dropped > 0 && buffer.length === 0 && !buffer.busy) tell();
      } catch (error) {
        failed(error);
      }
    }
  }

  function tell(): void {
    const line = settings.line?.(LEVELS.warn, 'log lines were dropped', { sink: subject, dropped });
    dropped = 0;
    if (line !== undefined) buffer.add(line);
  }

  /** Whether something has not arrived yet, and waits up to `ms` for what the writer has taken. */
  function isBehind(ms: number): boolean {
    try {
      return over === undefined && (retry !== undefined || outlet.behind?.(ms) === true);
    } catch (error) {
      failed(error);
      return retry !== undefined;
    }
  }

  function failed(error: unknown): void {
    const { code } = error as NodeJS.ErrnoException;
    if (FINAL.includes(code)) {
      report('sink_closed', 'takes no more lines', error);
      end('broken');
      return;
    }
    // A slow reader is nothing to talk about; a full disk is, and nobody waits for it.
    if (code !== 'EAGAIN') {
      report('sink_failed', 'cannot be written now; lines are kept', error);
      patience = 0;
    }
    retry?.cancel();
    retry = settings.clock!.setTimeout(drainNow, retryDelay);
    retryDelay = Math.min(retryDelay * 2, RETRY_MAX);
  }

  function end(why: string, reason = why): void {
    over = why;
    planned = false;
    retry?.cancel();
    retry = undefined;
    lose(reason, 0, outlet.abandon?.());
  }

  function lose(reason: string, max = 0, more = 0): void {
    const lines = more + buffer.drop(max, max === 0 || settings.overflow === 'drop-oldest');
    dropped += lines;
    countLost(settings.diagnostics!, subject, reason, lines);
  }

  function report(code: string, trouble: string, error: unknown): void {
    settings.diagnostics!.report(code, subject, `${subject} ${trouble}`, error);
  }
}
