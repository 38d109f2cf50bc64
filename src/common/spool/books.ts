import { Diagnostics, type Reporter } from '../diagnostics.js';

/**
 * Why something kept was not sent: the back end refused it for good; it was older than `maxAge`; it gave way to
 * something newer because `maxBytes` was reached; its file was damaged or cut off.
 */
export type SpoolDropReason = 'refused' | 'expired' | 'full' | 'corrupt';

/** The books of a spool, in items: spans, log records, data points. */
export interface SpoolStats {
  /** Kept on disk by this process. */
  readonly spooled: number;
  /** Sent from disk, whoever had kept them. */
  readonly sent: number;
  /** Of those sent, items of requests that may have arrived before: an earlier attempt got no answer. */
  readonly repeated: number;
  readonly dropped: Readonly<Record<SpoolDropReason, number>>;
  /** Bytes on disk that wait. */
  readonly bytes: number;
}

const SAYS: Record<SpoolDropReason, string> = {
  refused: 'the back end refused them',
  expired: 'they were too old',
  full: 'the spool was full, and they were the oldest',
  corrupt: 'their file is damaged, or was not written to its end',
};

/** Counts what becomes of what is kept, and tells of what is lost. */
export class SpoolBooks {
  readonly diagnostics: Reporter;
  readonly #name: string;
  readonly counts = { spooled: 0, sent: 0, repeated: 0, refused: 0, expired: 0, full: 0, corrupt: 0 };

  constructor(name: string, diagnostics: Reporter | undefined) {
    this.#name = name;
    this.diagnostics = diagnostics ?? new Diagnostics();
  }

  count(what: 'spooled' | 'sent' | 'repeated', items: number): void {
    this.counts[what] += items;
    const spool = this.#name;
    const help = `Items that a disk spool ${what}.`;
    this.diagnostics.counter(`telltale_spool_items_${what}_total`, help, { spool }).value += items;
  }

  drop(reason: SpoolDropReason, items: number, error?: unknown): void {
    if (items === 0) return;
    this.counts[reason] += items;
    const labels = { spool: this.#name, reason };
    const help = 'Items that a disk spool dropped.';
    this.diagnostics.counter('telltale_spool_items_dropped_total', help, labels).value += items;
    const message = `the spool of ${this.#name} dropped ${items} items: ${SAYS[reason]}`;
    this.diagnostics.report(`spool_${reason}`, this.#name, message, error);
  }

  /** Something that files or folders would not do. */
  readonly trouble = (error: unknown): void => {
    this.diagnostics.report('spool_failed', this.#name, `the spool of ${this.#name} has trouble`, error);
  };
}
