import { closeSync, fstatSync, openSync, statSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, TelltaleError } from '../../common/errors.js';
import { makeFolder } from '../../common/make-folder.js';
import { checkBoolean, checkInteger, checkMethods, checkOneOf, checkString } from '../../common/options.js';
import type { BufferOptions, BufferSettings } from './buffer-options.js';
import type { Outlet } from './fd-sink.js';
import type { Writer } from './writer.js';

/** What all sinks that write a file have in common. */
export interface LogFileOptions extends BufferOptions {
  /** The file; lines are added at its end. */
  path: string;
  /** Whether to make the folders on the way to it. Default false. */
  mkdir?: boolean;
  /** Permissions of a file that is made. Default `0o644`, less the process's umask. */
  mode?: number;
  /**
   * What SIGHUP does. `reopen`: the file is opened anew, as logrotate's `postrotate` expects of a daemon, and the
   * process lives on. `end`: it ends the process unless the host listens for it, as without telltale. Default
   * `reopen`, but `end` in a terminal, where SIGHUP says that the window was closed.
   */
  sighup?: 'reopen' | 'end';
  /** Does the writing; `workerWriter()` does it in a thread. Default: `fs.writeSync`. */
  writer?: Writer;
}

/** The names of these options, for `bufferSettings`. */
export const LOG_FILE_OPTIONS = ['path', 'mkdir', 'mode', 'sighup', 'writer'] as const;

/** Milliseconds between two looks at whether the file was moved away. */
const LOOK = 1000;

const NEWLINE = 0x0a;

/**
 * A file that lines are added to, and that is opened anew when somebody (logrotate) moved it away or took it
 * away; that is looked at once a second, and at SIGHUP.
 */
export class LogFile implements Outlet {
  readonly path: string;
  readonly settings: BufferSettings;
  /** Whether the last byte that was written ends a line: only there may another file go on. */
  atLineStart = true;
  /** Bytes in the file, as far as this process knows. */
  size = 0;
  #fd: number;
  #lookedAt = 0;
  readonly #writer: Writer;
  readonly #mode: number;
  readonly #mkdir: boolean;
  readonly #onHangup: (() => void) | undefined;

  /** Opens the file at once: one that cannot be written is a `TelltaleError` here, and not a surprise later. */
  constructor(owner: string, options: LogFileOptions, settings: BufferSettings) {
    this.settings = settings;
    this.path = checkString(owner, 'path', options.path, '');
    if (this.path === '') throw new TelltaleError(`${owner}: path is missing; accepted: a path`, 'path');
    this.#mode = checkInteger(owner, 'mode', options.mode, 0o644, { min: 0, max: 0o777 });
    this.#mkdir = checkBoolean(owner, 'mkdir', options.mkdir, false);
    const { writer = { write: writeSync } } = options;
    this.#writer = checkMethods(owner, 'writer', writer, ['write']);
    const sighup = checkOneOf(owner, 'sighup', options.sighup, hasTerminal() ? 'end' : 'reopen', [
      'reopen',
      'end',
    ]);
    try {
      this.#fd = this.#open();
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      const given = `path is ${describe(this.path)}, which cannot be opened (${code ?? message})`;
      throw new TelltaleError(`${owner}: ${given}; accepted: a file that can be written`, 'path');
    }
    if (sighup === 'reopen') {
      this.#onHangup = () => this.reopen();
      process.on('SIGHUP', this.#onHangup);
    }
  }

  get subject(): string {
    return `file ${this.path}`;
  }

  write(bytes: Uint8Array): number {
    if (this.atLineStart && this.settings.clock!.monotonic() - this.#lookedAt >= LOOK) this.reopen();
    const count = this.#writer.write(this.#fd, bytes);
    this.size += count;
    if (count > 0) this.atLineStart = bytes[count - 1] === NEWLINE;
    return count;
  }

  behind(ms: number): boolean {
    return this.#writer.behind?.(ms) ?? false;
  }

  abandon(): number {
    return this.#writer.close?.() ?? 0;
  }

  /** Opens the path anew if it no longer leads to the file that is open. The open one stays if that fails. */
  reopen(): void {
    // The rest of a line that was written in part belongs into the old file.
    this.#lookedAt = this.atLineStart ? (this.settings.clock?.monotonic() ?? 0) : -Infinity;
    if (!this.atLineStart) return;
    try {
      if (!this.#isMoved()) return;
      // What a writer has taken belongs into the old file.
      if (this.behind(LOOK)) return;
      const old = this.#fd;
      this.#fd = this.#open();
      closeSync(old);
    } catch (error) {
      const message = `${this.subject} was moved away and cannot be opened anew; lines go on into the old one`;
      this.settings.diagnostics?.report('sink_failed', this.subject, message, error);
    }
  }

  close(): void {
    if (this.#onHangup !== undefined) process.off('SIGHUP', this.#onHangup);
    closeSync(this.#fd);
  }

  #open(): number {
    if (this.#mkdir) makeFolder(dirname(this.path));
    const fd = openSync(this.path, 'a', this.#mode);
    this.size = fstatSync(fd).size;
    return fd;
  }

  #isMoved(): boolean {
    const there = statSync(this.path, { throwIfNoEntry: false });
    const open = fstatSync(this.#fd);
    return there === undefined || there.ino !== open.ino || there.dev !== open.dev;
  }
}

/** Whether SIGHUP would come from a terminal. Not by `isatty`: `node:tty` takes 1 ms to load. */
function hasTerminal(): boolean {
  if (process.platform === 'win32') return true;
  try {
    closeSync(openSync('/dev/tty', 'r'));
    return true;
  } catch {
    return false;
  }
}
