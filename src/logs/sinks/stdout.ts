import { checkOptions } from '../../common/options.js';
import { BUFFER_OPTIONS, type BufferOptions, bufferSettings } from './buffer-options.js';
import { FdWriter } from './fd-writer.js';
import type { Sink } from './sink.js';

export interface StdoutSinkOptions extends BufferOptions {}

/** Lines to standard output, gathered for a turn of the event loop at most. */
export function stdoutSink(options?: StdoutSinkOptions): Sink {
  const given = checkOptions('stdoutSink', options, BUFFER_OPTIONS);
  return new FdWriter({ ...bufferSettings('stdoutSink', given), subject: 'stdout', open: () => 1 });
}
