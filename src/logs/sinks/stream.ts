import { systemClock } from '../../common/clock.js';
import type { Reporter } from '../../common/diagnostics.js';
import { checkMethods } from '../../common/options.js';
import { warningsOnly } from '../../common/warnings.js';
import { FATAL, LEVELS, type LevelThreshold, type LevelValue, thresholdOf } from '../level.js';
import { LineBuffer } from '../line-buffer.js';
import type { LogFormat } from '../log-call.js';
import { countLost } from '../lost-lines.js';
import { type BufferOptions, type BufferSettings, bufferSettings } from './buffer-options.js';
import { flushAtExit, forgetAtExit, isExiting } from './exit-hook.js';
import { fdSink } from './fd-sink.js';
import { FileStream, isFileStream } from './file-stream.js';
import type { ByteSink, Sink, SinkHost } from './sink.js';
import { stdioSink } from './stdio.js';

/** What a sink needs of a stream: any `node:stream` `Writable` will do. */
export interface StreamLike {
  write(chunk: Uint8Array | string, callback?: () => void): boolean;
  /** Bytes that the stream itself still holds. */
  readonly writableLength?: number;
  on(event: 'error' | 'drain' | 'close', listener: (error: Error) => void): unknown;
  removeListener(event: 'error' | 'drain' | 'close', listener: (error: Error) => void): unknown;
}

export interface StreamSinkOptions extends BufferOptions {}

/**
 * Lines to a stream, gathered for a turn of the event loop at most. While the stream asks for a pause the lines
 * wait here, within bounds (`write-sync` drops the newest: a stream cannot be waited for). The stream stays the
 * caller's: it is never ended, and an error of it is told of and ends the sink, not the process.
 *
 * `process.stdout`, `process.stderr` and what `fs.createWriteStream` made are written through their file
 * descriptor, and promise what `stdoutSink` and `fileSink` do. To any other stream everything is handed over at the
 * end of the process; whether that still gets out at `process.exit` is the stream's doing.
 */
export function streamSink(stream: StreamLike, options?: StreamSinkOptions): Sink {
  checkMethods('streamSink', 'stream', stream, ['write', 'on', 'removeListener']);
  const { fd, _isStdio } = stream as { fd?: number; _isStdio?: boolean };
  if (_isStdio && (fd === 1 || fd === 2)) {
    return stdioSink('streamSink', options, fd === 1 ? 'stdout' : 'stderr', fd);
  }
  const settings = bufferSettings('streamSink', options);
  return isFileStream(stream)
    ? fdSink(settings, SUBJECT, new FileStream(stream))
    : new StreamWriter(stream, settings);
}

const CHUNK = 16_384;
const FLUSH_DEADLINE = 5000;
const SUBJECT = 'log stream';

class StreamWriter implements ByteSink {
  readonly buffer = new LineBuffer();
  readonly level: LevelThreshold | undefined;
  readonly format: LogFormat | undefined;
  readonly #urgent: number;
  readonly #stream: StreamLike;
  readonly #settings: BufferSettings;
  #planned = false;
  /** The stream asked to wait for its `drain`. */
  #paused = false;
  /** Lines that were dropped since that was last told in a line. */
  #dropped = 0;
  #state: 'new' | 'open' | 'broken' | 'closed' = 'new';
  readonly #waiting = new Set<() => void>();

  constructor(stream: StreamLike, settings: BufferSettings) {
    this.#stream = stream;
    this.#settings = settings;
    this.level = settings.level;
    this.format = settings.format;
    this.#urgent = thresholdOf(SUBJECT, LEVELS, settings.flushLevel);
  }

  attach(host: SinkHost): void {
    this.#settings.clock ??= host.clock;
    this.#settings.diagnostics ??= host.diagnostics;
    this.#settings.line ??= host.line;
  }

  readonly lineAdded = (value: LevelValue): void => {
    if (this.#state === 'new') this.#open();
    if (this.#state === 'broken' || this.#state === 'closed') {
      this.#lose(this.#state);
      return;
    }
    if (this.buffer.length > this.#settings.maxBytes) {
      this.#lose('buffer_full', this.#settings.maxBytes);
    }
    if (value >= FATAL || isExiting()) this.flushSync();
    else if (this.buffer.length >= CHUNK || value >= this.#urgent) this.#drain();
    else if (!this.#planned) this.#plan();
  };

  write(line: string, _: string, value: LevelValue = 0): void {
    if (this.buffer.add(line)) this.lineAdded(value);
  }

  flush(): Promise<void> {
    this.#drain();
    const held = (this.#stream.writableLength ?? 0) > 0;
    if (this.#state !== 'open' || (this.buffer.length === 0 && !this.#paused && !held)) {
      return Promise.resolve();
    }
    return new Promise((resolve) => {
      // Referenced on purpose: whoever waits for this must not find the process ended instead.
      const deadline = setTimeout(done, FLUSH_DEADLINE);
      const waiting = this.#waiting.add(done);
      // What comes after everything else tells when everything else is out.
      if (held && this.buffer.length === 0) this.#stream.write('', done);
      function done(): void {
        clearTimeout(deadline);
        waiting.delete(done);
        resolve();
      }
    });
  }

  /** Hands over everything, whether the stream asks for a pause or not: it will not be asked again. */
  flushSync(): void {
    this.#paused = false;
    this.#drain();
    const { flushSync } = this.#stream as { flushSync?: unknown };
    if (typeof flushSync === 'function') flushSync.call(this.#stream);
  }

  async shutdown(): Promise<void> {
    if (this.#state === 'closed') return;
    await this.flush();
    this.#lose('shutdown');
    if (this.#state !== 'new') {
      this.#stream.removeListener('error', this.#onError);
      this.#stream.removeListener('close', this.#onError);
      this.#stream.removeListener('drain', this.#onDrain);
    }
    this.#state = 'closed';
    forgetAtExit(this);
  }

  #open(): void {
    this.#state = 'open';
    this.#stream.on('error', this.#onError);
    this.#stream.on('close', this.#onError);
    this.#stream.on('drain', this.#onDrain);
    flushAtExit(this);
  }

  #plan(): void {
    this.#planned = true;
    const drain = () => {
      this.#planned = false;
      this.#drain();
    };
    const { clock = systemClock, interval } = this.#settings;
    if (interval > 0) clock.setTimeout(drain, interval);
    else setImmediate(drain);
  }

  #drain(): void {
    const { buffer } = this;
    if (this.#dropped > 0 && this.#state === 'open' && !this.#paused && !buffer.busy) this.#tell();
    if (buffer.length === 0 || this.#paused || this.#state !== 'open') return;
    // The stream keeps what it is given, so it gets a copy.
    const chunk = Uint8Array.prototype.slice.call(buffer.bytes, buffer.start, buffer.end);
    buffer.consume(chunk.length);
    try {
      this.#paused = this.#stream.write(chunk) === false;
    } catch (error) {
      this.#onError(error);
    }
  }

  readonly #onDrain = (): void => {
    this.#paused = false;
    this.#drain();
    if (!this.#paused) this.#settle();
  };

  readonly #onError = (error?: unknown): void => {
    if (this.#state !== 'open') return;
    this.#state = 'broken';
    this.#diagnostics().report('sink_closed', SUBJECT, `${SUBJECT} takes no more lines`, error);
    this.#lose('broken');
    this.#paused = false;
    this.#settle();
  };

  #lose(reason: string, max = 0): void {
    const oldest = max === 0 || this.#settings.overflow === 'drop-oldest';
    const lines = this.buffer.drop(max, oldest);
    this.#dropped += lines;
    countLost(this.#diagnostics(), SUBJECT, reason, lines);
  }

  #tell(): void {
    const said = { sink: SUBJECT, dropped: this.#dropped };
    const line = this.#settings.line?.(LEVELS.warn, 'log lines were dropped', said);
    this.#dropped = 0;
    if (line !== undefined) this.buffer.add(line);
  }

  #settle(): void {
    for (const done of [...this.#waiting]) done();
  }

  #diagnostics(): Reporter {
    this.#settings.diagnostics ??= warningsOnly(systemClock);
    return this.#settings.diagnostics;
  }
}
