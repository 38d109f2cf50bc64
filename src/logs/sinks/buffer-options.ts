import type { Clock } from '../../common/clock.js';
import type { Reporter } from '../../common/diagnostics.js';
import { atLeast, checkAll, oneOf } from '../../common/options.js';
import { LEVELS, type LevelThreshold, thresholdOf } from '../level.js';
import type { LogFormat } from '../log-call.js';
import type { SinkHost } from './sink.js';

/**
 * What to do when the buffer is full because the other side takes no more.
 *
 * `write-sync` waits until it takes something, as `console.log` does on a pipe; once it has taken nothing for a
 * second, waiting ends and the newest lines are dropped until it moves again. The other two never wait.
 */
export type Overflow = 'write-sync' | 'drop-newest' | 'drop-oldest';

/** What sinks that buffer have in common. */
export interface BufferOptions {
  /** Lines below it do not come here, whatever the logger lets through. Default: all that it does. */
  level?: LevelThreshold;
  /** How the lines are written: `logfmt()`, `pretty()`. Default: as the logger says. */
  format?: LogFormat;
  /** Bytes kept at most while the other side takes nothing. Default 16 MiB, at least 64 KiB. */
  maxBytes?: number;
  /**
   * What to do when that is not enough. Default `write-sync`. Lines that are dropped are counted, and a line in
   * their place says how many they were.
   */
  overflow?: Overflow;
  /**
   * Lines of this level and graver are written before the call returns, and those that wait with them: whatever
   * ends the process then, `kill -9` too, they are there. A reader that is slow is waited for, one that takes nothing
   * for a second is not. Default `error`. With `trace` nothing is ever buffered.
   */
  flushLevel?: LevelThreshold;
  /** Milliseconds that lines may wait for others. Default 0: until the end of the event loop's turn. */
  interval?: number;
  /** Default: the logger's. */
  clock?: Clock;
  /** Default: the logger's. */
  diagnostics?: Reporter;
}

/** The options with their defaults, and what the sink learns from its first logger. */
export interface BufferSettings extends BufferOptions {
  maxBytes: number;
  overflow: Overflow;
  flushLevel: LevelThreshold;
  interval: number;
  line?: SinkHost['line'];
}

/**
 * The options checked; `more` are those that the sink itself looks at. Those that are given are put into
 * `settings`.
 */
export function bufferSettings<T extends BufferOptions>(
  owner: string,
  options: T | undefined,
  more: readonly (keyof T & string)[] = [],
  settings: BufferSettings = {
    level: undefined,
    format: undefined,
    maxBytes: 16_777_216,
    overflow: 'write-sync',
    flushLevel: 'error',
    interval: 0,
    clock: undefined,
    diagnostics: undefined,
  },
): BufferSettings {
  const known = Object.keys(settings) as (keyof BufferOptions)[];
  const given = checkAll<BufferOptions>(owner, options, [...(more as []), ...known], {
    maxBytes: atLeast(65_536),
    interval: atLeast(0),
    overflow: oneOf('write-sync', 'drop-newest', 'drop-oldest'),
  });
  thresholdOf(owner, LEVELS, given.flushLevel ?? settings.flushLevel, 'flushLevel');
  for (const key of known) if (given[key] !== undefined) Object.assign(settings, { [key]: given[key] });
  return settings;
}
