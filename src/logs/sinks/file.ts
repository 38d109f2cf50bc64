import { bufferSettings } from './buffer-options.js';
import { fdSink } from './fd-sink.js';
import { LOG_FILE_OPTIONS, LogFile, type LogFileOptions } from './log-file.js';
import type { Sink } from './sink.js';

export interface FileSinkOptions extends LogFileOptions {}

/**
 * Lines to a file, gathered for a turn of the event loop at most. The file is opened at once: one that cannot
 * be written is a `TelltaleError` here, and not a surprise later. When it is moved away (logrotate), lines go on
 * in a new one of the same name within a second, or at once at SIGHUP.
 */
export function fileSink(options: FileSinkOptions): Sink {
  const settings = bufferSettings('fileSink', options, LOG_FILE_OPTIONS);
  const file = new LogFile('fileSink', options ?? {}, settings);
  return fdSink(settings, file.subject, file);
}
