import type { Diagnostics } from '../../common/diagnostics.js';
import type { LineBuffer } from '../line-buffer.js';
import type { BufferSettings } from './buffer-options.js';

/** Lines that will not be written are counted, always, and told of once in a while. */

/** `buffer_full`: no room. `broken`: the other side is gone. `shutdown`, `closed`: at or after the shutdown. */
export type LossReason = 'buffer_full' | 'broken' | 'shutdown' | 'closed';

/** Empties the buffer, counting its lines as lost. */
export function linesLost(
  buffer: LineBuffer,
  sink: string,
  reason: LossReason,
  diagnostics: Diagnostics,
): void {
  const lines = buffer.lineCount();
  if (lines === 0) return;
  buffer.consume(buffer.length);
  countLost(sink, reason, lines, diagnostics);
}

/** Drops lines until the buffer is within its bound. */
export function dropOverflow(
  buffer: LineBuffer,
  sink: string,
  settings: BufferSettings,
  diagnostics: Diagnostics,
): void {
  let dropped = 0;
  for (; buffer.length > settings.maxBytes; dropped++) {
    if (settings.overflow === 'drop-oldest') buffer.dropOldest();
    else buffer.dropNewest();
  }
  buffer.compact();
  if (dropped > 0) countLost(sink, 'buffer_full', dropped, diagnostics);
}

function countLost(sink: string, reason: LossReason, lines: number, diagnostics: Diagnostics): void {
  diagnostics.counter(
    'telltale_log_lines_dropped_total',
    'Log lines that were not written, by sink and reason.',
    { sink, reason },
  ).value += lines;
  diagnostics.report('log_lines_dropped', `${sink} ${reason}`, `${sink} lost log lines (${reason})`);
}
