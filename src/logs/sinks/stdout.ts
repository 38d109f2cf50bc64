import type { BufferOptions } from './buffer-options.js';
import type { Sink } from './sink.js';
import { stdioSink } from './stdio.js';

export interface StdoutSinkOptions extends BufferOptions {}

/**
 * Lines to standard output, gathered for a turn of the event loop at most.
 *
 * All such sinks of a process share one buffer, so lines of several loggers stay whole and in order. Options that
 * are given replace those given before; only `level` and `format` are each sink's own.
 */
export function stdoutSink(options?: StdoutSinkOptions): Sink {
  return stdioSink('stdoutSink', options, 'stdout', 1);
}
