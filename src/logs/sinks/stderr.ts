import type { BufferOptions } from './buffer-options.js';
import type { Sink } from './sink.js';
import { stdioSink } from './stdio.js';

export interface StderrSinkOptions extends BufferOptions {}

/** Lines to standard error; otherwise as `stdoutSink`. */
export function stderrSink(options?: StderrSinkOptions): Sink {
  return stdioSink('stderrSink', options, 'stderr', 2);
}
