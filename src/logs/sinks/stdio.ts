import { writeSync } from 'node:fs';
import { type BufferOptions, type BufferSettings, bufferSettings } from './buffer-options.js';
import { fdSink } from './fd-sink.js';
import type { ByteSink, Sink } from './sink.js';

/** One buffer for each of standard output and standard error: two would tear lines once a pipe is full. */
const shared: { settings: BufferSettings; sink: ByteSink }[] = [];

/** A sink for file descriptor 1 or 2. */
export function stdioSink(
  owner: string,
  options: BufferOptions | undefined,
  subject: string,
  fd: number,
): Sink {
  const settings = bufferSettings(owner, options, [], shared[fd]?.settings);
  shared[fd] ??= { settings, sink: fdSink(settings, subject, { write: (bytes) => writeSync(fd, bytes) }) };
  return { ...shared[fd].sink, level: options?.level, format: options?.format };
}
