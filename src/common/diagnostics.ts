import { type Clock, systemClock } from './clock.js';

/** Something that telltale could not do as asked, told to whoever runs the process. */
export interface Diagnostic {
  /** What kind of trouble, for programs: `queue_full`, `export_failed`, `invalid_attribute`, … */
  readonly code: string;
  /** What it concerns: the name of a metric, a queue, a sink. */
  readonly subject: string;
  /** One sentence for a person. */
  readonly message: string;
  /** How many times it happened since it was told last, this time included. */
  readonly count: number;
  /** What was thrown, where something was. */
  readonly error?: unknown;
}

export type DiagnosticHandler = (diagnostic: Diagnostic) => void;

/** One of telltale's own counters. Hot code keeps the cell and adds to `value`. */
export interface SelfCounter {
  readonly name: string;
  readonly help: string;
  readonly labels: Readonly<Record<string, string>>;
  value: number;
}

export interface DiagnosticsOptions {
  clock?: Clock;
  /** Told of each trouble, at most once per code and subject in `interval`. Default: a process warning. */
  handler?: DiagnosticHandler;
  /** Milliseconds between two tellings of the same trouble. Default 60,000. */
  interval?: number;
}

interface Site {
  toldAt: number;
  since: number;
}

/** Call sites remembered at most; the names of subjects may come from outside. */
const MAX_SITES = 1000;

/**
 * The library's own voice. Telltale never throws into its host: what it drops or mends it counts here
 * (`telltale_*` metrics), and tells once per code and subject in a while.
 */
export class Diagnostics {
  readonly #clock: Clock;
  readonly #handler: DiagnosticHandler;
  readonly #interval: number;
  readonly #sites = new Map<string, Site>();
  readonly #counters = new Map<string, SelfCounter>();

  constructor(options: DiagnosticsOptions = {}) {
    this.#clock = options.clock ?? systemClock;
    this.#handler = options.handler ?? emitProcessWarning;
    this.#interval = options.interval ?? 60_000;
  }

  /** Counts a trouble and tells of it, unless the same was told within the interval. Never throws. */
  report(code: string, subject: string, message: string, error?: unknown): void {
    this.counter('telltale_troubles_total', 'Troubles that telltale met, by kind.', { code }).value++;
    const key = `${code}\n${subject}`;
    const now = this.#clock.monotonic();
    let site = this.#sites.get(key);
    if (site === undefined) {
      if (this.#sites.size >= MAX_SITES) return;
      site = { toldAt: -Infinity, since: 0 };
      this.#sites.set(key, site);
    }
    site.since++;
    if (now - site.toldAt < this.#interval) return;
    const diagnostic = { code, subject, message, count: site.since, error };
    site.toldAt = now;
    site.since = 0;
    try {
      this.#handler(diagnostic);
    } catch {
      // A handler that throws has nobody left to be told of it.
    }
  }

  /** The counter of that name and those labels, made at the first call. */
  counter(name: string, help: string, labels: Readonly<Record<string, string>> = {}): SelfCounter {
    const key = name + JSON.stringify(Object.entries(labels).sort());
    let counter = this.#counters.get(key);
    if (counter === undefined) {
      counter = { name, help, labels, value: 0 };
      this.#counters.set(key, counter);
    }
    return counter;
  }

  /** Every counter so far, in the order in which they were made. */
  counters(): Iterable<SelfCounter> {
    return this.#counters.values();
  }
}

/** Node prints such a warning on standard error, and `process.on('warning')` sees it. */
function emitProcessWarning(diagnostic: Diagnostic): void {
  const times = diagnostic.count > 1 ? ` (${diagnostic.count} times)` : '';
  const cause = diagnostic.error === undefined ? '' : `: ${messageOf(diagnostic.error)}`;
  const text = `${diagnostic.message}${cause}${times}`;
  if ((process as { _exiting?: boolean })._exiting) {
    // Node would print a warning in its next turn, which does not come; a stream writes to files, terminals and, but for
    // Windows, pipes at once.
    process.stderr.write(`[${diagnostic.code}] TelltaleWarning: ${text}\n`);
    return;
  }
  process.emitWarning(text, { type: 'TelltaleWarning', code: diagnostic.code });
}

/** What an error says, whatever was thrown and whatever reading it does. */
export function messageOf(error: unknown): string {
  try {
    return error instanceof Error ? error.message : String(error);
  } catch {
    return 'an error that cannot be read';
  }
}
