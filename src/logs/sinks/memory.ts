import { checkInteger, checkOptions } from '../../common/options.js';
import type { LineSink } from './sink.js';

export interface MemorySinkOptions {
  /** Lines kept at most; the oldest go first. Default 100,000. */
  maxLines?: number;
}

/** Keeps lines in memory, for tests. */
export interface MemorySink extends LineSink {
  /** The lines as they would have been written, without their newlines. */
  readonly lines: readonly string[];
  /** The lines parsed. */
  readonly records: readonly Record<string, unknown>[];
  clear(): void;
}

/**
 * A sink for tests.
 *
 * ```ts
 * const sink = memorySink();
 * new Logger({ sinks: [sink] }).info('order placed', { orderId: 7 });
 * expect(sink.records[0]).toMatchObject({ msg: 'order placed', orderId: 7 });
 * ```
 */
export function memorySink(options?: MemorySinkOptions): MemorySink {
  const given = checkOptions('memorySink', options, ['maxLines']);
  const maxLines = checkInteger('memorySink', 'maxLines', given.maxLines, 100_000, { min: 1 });
  const lines: string[] = [];
  return {
    lines,
    get records() {
      return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    },
    write(line) {
      if (lines.length === maxLines) lines.shift();
      lines.push(line.slice(0, -1));
    },
    clear() {
      lines.length = 0;
    },
  };
}
