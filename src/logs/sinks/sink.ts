import type { Clock } from '../../common/clock.js';
import type { Reporter } from '../../common/diagnostics.js';
import type { FlushOptions } from '../../common/export.js';
import type { LevelThreshold, LevelValue } from '../level.js';
import type { LineBuffer } from '../line-buffer.js';
import type { LogCall, LogFormat } from '../log-call.js';

/** What a logger tells its sinks of where they live. A sink's own options win over it. */
export interface SinkHost {
  readonly clock: Clock;
  readonly diagnostics: Reporter;
  /** Makes a line as the logger makes its own, newline included, for what the sink itself has to say. */
  line?(value: LevelValue, message: string, fields: Readonly<Record<string, unknown>>): string;
}

/** What every sink may have, and none must. */
export interface SinkLifecycle {
  /** Lines below it do not come here, whatever the logger lets through. Default: all that it does. */
  readonly level?: LevelThreshold | undefined;
  /** How this sink's lines are written; not for sinks that take records. Default: the logger's `format`. */
  readonly format?: LogFormat | undefined;
  /** Called by each logger that the sink is given to. */
  attach?(host: SinkHost): void;
  /** Settles when everything handed over so far has arrived, or cannot. */
  flush?(options?: FlushOptions): Promise<void>;
  /** The same before it returns: at a fatal line, and when the process ends. */
  flushSync?(): void;
  /** Flushes and lets go of whatever the sink holds. */
  shutdown?(options?: FlushOptions): Promise<void>;
}

/** Takes finished lines: one line of JSON, or what `format` makes of it, its newline included. */
export interface LineSink extends SinkLifecycle {
  /** `value` is that of the level. */
  write(line: string, level: string, value?: LevelValue): void;
}

/** Takes calls as values. `recordSink` makes one from a function that takes records. */
export interface RecordSink extends SinkLifecycle {
  accept(call: LogCall): void;
}

/**
 * Lets the logger put the bytes of a line straight into its buffer: the fastest way, for telltale's own sinks.
 */
export interface ByteSink extends LineSink {
  readonly buffer: LineBuffer;
  /** A line was put at the end of the buffer. */
  lineAdded: (value: LevelValue) => void;
}

/** The smallest sink: a function that is given each line of JSON, its newline included. */
export type SinkFunction = (line: string, level: string, value: LevelValue) => void;

/** Where lines go: a function, or an object that takes lines, records or bytes. */
export type Sink = SinkFunction | LineSink | RecordSink | ByteSink;
