import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, TelltaleError } from '../../common/errors.js';
import { checkBoolean, checkInteger, checkString } from '../../common/options.js';
import { type BufferOptions, bufferSettings } from './buffer-options.js';
import { fdSink } from './fd-sink.js';
import type { Sink } from './sink.js';

export interface FileSinkOptions extends BufferOptions {
  /** The file; lines are added at its end. */
  path: string;
  /** Whether to make the folders on the way to it. Default false. */
  mkdir?: boolean;
  /** Permissions of a file that is made. Default `0o644`, less the process's umask. */
  mode?: number;
}

/**
 * Lines to a file, gathered for a turn of the event loop at most. The file is opened at once: one that cannot
 * be written is a `TelltaleError` here, and not a surprise later.
 */
export function fileSink(options: FileSinkOptions): Sink {
  const settings = bufferSettings('fileSink', options, ['path', 'mkdir', 'mode']);
  const given: Partial<FileSinkOptions> = options ?? {};
  const path = checkString('fileSink', 'path', given.path, '');
  if (path === '') throw new TelltaleError('fileSink: path is missing; accepted: a path', 'path');
  const mode = checkInteger('fileSink', 'mode', given.mode, 0o644, { min: 0, max: 0o777 });
  const mkdir = checkBoolean('fileSink', 'mkdir', given.mkdir, false);
  return fdSink(settings, `file ${path}`, openFile(path, mode, mkdir), { close: closeSync });
}

function openFile(path: string, mode: number, mkdir: boolean): number {
  try {
    if (mkdir) mkdirSync(dirname(path), { recursive: true });
    return openSync(path, 'a', mode);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new TelltaleError(
      `fileSink: path is ${describe(path)}, which cannot be opened (${code ?? message}); accepted: a file that can be written`,
      'path',
    );
  }
}
