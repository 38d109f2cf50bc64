import type { Reporter } from '../common/diagnostics.js';

/**
 * Lines that will not be written are counted, always, and told of once in a while. The reasons: `buffer_full`,
 * no room; `broken`, the other side is gone; `shutdown` and `closed`, at or after the shutdown;
 * `logged_by_sink`, a sink that logs is not given its own lines.
 */
export function countLost(diagnostics: Reporter, sink: string, reason: string, lines: number): void {
  if (lines === 0) return;
  const counter = diagnostics.counter(
    'telltale_log_lines_dropped_total',
    'Log lines that were not written, by sink and reason.',
    { sink, reason },
  );
  counter.value += lines;
  const message = `${sink} lost log lines (${reason}): ${counter.value} so far`;
  diagnostics.report('log_lines_dropped', `${sink} ${reason}`, message);
}
