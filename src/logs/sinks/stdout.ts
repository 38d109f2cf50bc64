import { type BufferOptions, bufferSettings } from './buffer-options.js';
import { fdSink } from './fd-sink.js';
import type { Sink } from './sink.js';

export interface StdoutSinkOptions extends BufferOptions {}

/** Lines to standard output, gathered for a turn of the event loop at most. */
export function stdoutSink(options?: StdoutSinkOptions): Sink {
  return fdSink(bufferSettings('stdoutSink', options), 'stdout', 1);
}
