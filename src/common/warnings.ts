import type { Clock } from './clock.js';
import type { DiagnosticHandler, Reporter, SelfCounter } from './reporter.js';

/** Call sites remembered at most; the names of subjects may come from outside. */
const MAX_SITES = 1000;

/**
 * Tells of troubles, of each at most once per code and subject in `interval` milliseconds. Never throws.
 */
export function warnings(
  clock: Clock,
  handler: DiagnosticHandler = emitProcessWarning,
  interval = 60_000,
): Reporter['report'] {
  const sites = new Map<string, { toldAt: number; since: number }>();
  return (code, subject, message, error) => {
    const key = `${code}\n${subject}`;
    const now = clock.monotonic();
    let site = sites.get(key);
    if (site === undefined) {
      if (sites.size >= MAX_SITES) return;
      site = { toldAt: -Infinity, since: 0 };
      sites.set(key, site);
    }
    site.since++;
    if (now - site.toldAt < interval) return;
    const diagnostic = { code, subject, message, count: site.since, error };
    site.toldAt = now;
    site.since = 0;
    try {
      handler(diagnostic);
    } catch {
      // A handler that throws has nobody left to be told of it.
    }
  };
}

/**
 * What a part that was handed no `Diagnostics` speaks through: it tells, and counts for what it tells only, since
 * nobody could read its counters.
 */
export function warningsOnly(clock: Clock): Reporter {
  const counters: Record<string, SelfCounter> = {};
  return {
    report: warnings(clock),
    counter: (name, help, labels = {}) =>
      (counters[name + JSON.stringify(labels)] ??= { name, help, labels, value: 0 }),
  };
}

/** Node prints such a warning on standard error, and `process.on('warning')` sees it. */
const emitProcessWarning: DiagnosticHandler = ({ code, message, count, error }) => {
  const times = count > 1 ? ` (${count} times)` : '';
  const cause = error === undefined ? '' : `: ${messageOf(error)}`;
  const text = `${message}${cause}${times}`;
  if ((process as { _exiting?: boolean })._exiting) {
    // Node would print a warning in its next turn, which does not come; a stream writes to files, terminals and, but for
    // Windows, pipes at once.
    process.stderr.write(`[${code}] TelltaleWarning: ${text}\n`);
    return;
  }
  process.emitWarning(text, { type: 'TelltaleWarning', code });
};

/** What an error says, whatever was thrown and whatever reading it does. */
export function messageOf(error: unknown): string {
  try {
    return error instanceof Error ? error.message : String(error);
  } catch {
    return 'an error that cannot be read';
  }
}
