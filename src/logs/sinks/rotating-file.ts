import { existsSync, renameSync, statSync } from 'node:fs';
import { invalidOption } from '../../common/errors.js';
import { checkBoolean, checkInteger } from '../../common/options.js';
import { type BufferSettings, bufferSettings } from './buffer-options.js';
import { fdSink } from './fd-sink.js';
import { LOG_FILE_OPTIONS, LogFile, type LogFileOptions } from './log-file.js';
import { RotatedFiles } from './rotated-files.js';
import type { Sink } from './sink.js';

export interface RotatingFileSinkOptions extends LogFileOptions {
  /** A line that would make the file larger begins a new one. Default 100 MiB, or none where `every` is given. */
  maxFileBytes?: number;
  /**
   * When a new file begins besides: at the full hour or at midnight, both by the local time of the process, or
   * every so many milliseconds, counted from the Unix epoch.
   */
  every?: 'hour' | 'day' | number;
  /** Rotated files that are kept; the oldest go first. Default 10. */
  keep?: number;
  /** Whether rotated files are compressed. Default false. */
  gzip?: boolean;
}

/**
 * Lines to a file that is put aside when it has grown too large or too old: `app.log` becomes
 * `app.2026-11-21T20-30-00-123Z.log` (the moment of the rotation), and lines go on in a new `app.log`. No line is
 * lost or torn on the way.
 *
 * ```ts
 * rotatingFileSink({ path: 'logs/app.log', every: 'day', keep: 14, gzip: true });
 * ```
 *
 * A file is one process's: several that rotate the same one would put aside what the others still write.
 */
export function rotatingFileSink(options: RotatingFileSinkOptions): Sink {
  const owner = 'rotatingFileSink';
  const settings = bufferSettings(owner, options, [
    ...LOG_FILE_OPTIONS,
    'maxFileBytes',
    'every',
    'keep',
    'gzip',
  ]);
  const file = new RotatingFile(owner, options ?? {}, settings);
  return fdSink(settings, file.subject, file);
}

/** Milliseconds before a rotation that failed is tried again. */
const RETRY = 1000;

const NEWLINE = 0x0a;

class RotatingFile extends LogFile {
  readonly #maxBytes: number;
  readonly #every: 'hour' | 'day' | number | undefined;
  readonly #rotated: RotatedFiles;
  /** Wall-clock time of the next rotation. */
  #dueAt = 0;
  /** Monotonic time before which none is tried. */
  #notBefore = -Infinity;
  /** What the name of the last rotated file says. */
  #stamp = 0;

  constructor(owner: string, options: RotatingFileSinkOptions, settings: BufferSettings) {
    const { every } = options;
    const fallback = every === undefined ? 104_857_600 : Infinity;
    const maxBytes = checkInteger(owner, 'maxFileBytes', options.maxFileBytes, fallback, { min: 1 });
    const keep = checkInteger(owner, 'keep', options.keep, 10, { min: 0 });
    const gzip = checkBoolean(owner, 'gzip', options.gzip, false);
    if (
      every !== undefined &&
      every !== 'hour' &&
      every !== 'day' &&
      !(Number.isInteger(every) && every > 0)
    ) {
      throw invalidOption(owner, 'every', every, '"hour", "day" or milliseconds');
    }
    super(owner, options, settings);
    this.#maxBytes = maxBytes;
    this.#every = every;
    this.#rotated = new RotatedFiles(this.path, keep, gzip);
    // A file that an earlier process left behind is as old as its last line.
    if (this.size > 0) this.#dueAt = nextBoundary(every, statSync(this.path).mtimeMs);
  }

  /** Takes no more than fits into the file; the sink comes again with the rest. */
  override write(bytes: Uint8Array): number {
    if (this.atLineStart) this.#rotateIfDue(bytes);
    const room = this.#maxBytes - this.size;
    if (bytes.length <= room) return super.write(bytes);
    const fitting = room > 0 ? bytes.lastIndexOf(NEWLINE, room - 1) + 1 : 0;
    return super.write(bytes.subarray(0, fitting || lineLength(bytes)));
  }

  override async close(): Promise<void> {
    super.close();
    await this.#rotated.settled();
  }

  #rotateIfDue(bytes: Uint8Array): void {
    const clock = this.settings.clock!;
    const now = clock.now();
    if (this.size === 0 || this.#dueAt === 0) this.#dueAt = nextBoundary(this.#every, now);
    const isFull = this.size > 0 && this.size + lineLength(bytes) > this.#maxBytes;
    if ((isFull || now >= this.#dueAt) && clock.monotonic() >= this.#notBefore) this.#rotate(now);
  }

  #rotate(now: number): void {
    const { clock, diagnostics } = this.settings;
    // What a writer has taken belongs into the old file.
    if (this.behind(RETRY)) return;
    try {
      // Names follow one another even when the clock stands still or steps back.
      this.#stamp = Math.max(now, this.#stamp + 1);
      while (existsSync(this.#rotated.nameOf(this.#stamp))) this.#stamp++;
      renameSync(this.path, this.#rotated.nameOf(this.#stamp));
      this.#dueAt = nextBoundary(this.#every, now);
    } catch (error) {
      this.#notBefore = clock!.monotonic() + RETRY;
      const message = `${this.subject} cannot be rotated; lines go on into it`;
      diagnostics!.report('rotation_failed', this.subject, message, error);
    }
    this.reopen();
    this.#rotated.tidy((error) => {
      const message = `${this.subject}: rotated files cannot be compressed or removed`;
      diagnostics!.report('rotation_failed', `${this.subject} rotated`, message, error);
    });
  }
}

function lineLength(bytes: Uint8Array): number {
  return bytes.indexOf(NEWLINE) + 1 || bytes.length;
}

/** The first moment after `time` at which a new file begins. */
function nextBoundary(every: 'hour' | 'day' | number | undefined, time: number): number {
  if (every === undefined) return Infinity;
  if (typeof every === 'number') return (Math.floor(time / every) + 1) * every;
  const date = new Date(time);
  return every === 'day' ? date.setHours(24, 0, 0, 0) : date.setMinutes(60, 0, 0);
}
