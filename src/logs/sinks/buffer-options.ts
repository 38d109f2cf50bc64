import type { Clock } from '../../common/clock.js';
import type { Diagnostics } from '../../common/diagnostics.js';
import { checkInteger, checkOneOf, checkOptions } from '../../common/options.js';

/** What to do with lines when the buffer is full because the other side takes no more. */
export type Overflow = 'drop-newest' | 'drop-oldest';

/** What sinks that buffer have in common. */
export interface BufferOptions {
  /** Bytes kept at most while the other side takes nothing. Default 16 MiB, at least 64 KiB. */
  maxBytes?: number;
  /** Which lines go when that is not enough; they are counted. Default `drop-newest`. */
  overflow?: Overflow;
  /** Default: the logger's. */
  clock?: Clock;
  /** Default: the logger's. */
  diagnostics?: Diagnostics;
}

export interface BufferSettings {
  maxBytes: number;
  overflow: Overflow;
  clock: Clock | undefined;
  diagnostics: Diagnostics | undefined;
}

/** The options checked; `more` are those that the sink itself looks at. */
export function bufferSettings<T extends BufferOptions>(
  owner: string,
  options: T | undefined,
  more: readonly (keyof T & string)[] = [],
): BufferSettings {
  const given = checkOptions<BufferOptions>(owner, options, [
    ...(more as []),
    'maxBytes',
    'overflow',
    'clock',
    'diagnostics',
  ]);
  const { clock, diagnostics } = given;
  return {
    maxBytes: checkInteger(owner, 'maxBytes', given.maxBytes, 16_777_216, { min: 65_536 }),
    overflow: checkOneOf(owner, 'overflow', given.overflow, 'drop-newest', ['drop-newest', 'drop-oldest']),
    clock,
    diagnostics,
  };
}
