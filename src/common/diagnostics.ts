import { type Clock, systemClock } from './clock.js';
import type { DiagnosticHandler, Reporter, SelfCounter } from './reporter.js';
import { warnings } from './warnings.js';

export type { Diagnostic, DiagnosticHandler, Reporter, SelfCounter } from './reporter.js';
export { messageOf } from './warnings.js';

export interface DiagnosticsOptions {
  clock?: Clock;
  /** Told of each trouble, at most once per code and subject in `interval`. Default: a process warning. */
  handler?: DiagnosticHandler;
  /** Milliseconds between two tellings of the same trouble. Default 60,000. */
  interval?: number;
}

/**
 * The library's own voice. Telltale never throws into its host: what it drops or mends it counts here
 * (`telltale_*` metrics), and tells once per code and subject in a while.
 */
export class Diagnostics implements Reporter {
  readonly #tell: Reporter['report'];
  readonly #counters = new Map<string, SelfCounter>();

  constructor(options: DiagnosticsOptions = {}) {
    this.#tell = warnings(options.clock ?? systemClock, options.handler, options.interval);
  }

  report(code: string, subject: string, message: string, error?: unknown): void {
    this.counter('telltale_troubles_total', 'Troubles that telltale met, by kind.', { code }).value++;
    this.#tell(code, subject, message, error);
  }

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
