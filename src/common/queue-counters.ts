import type { Clock } from './clock.js';
import type { Diagnostics, SelfCounter } from './diagnostics.js';

/**
 * Why an item was dropped: the queue was full; the item alone is larger than the queue; the back end refused it
 * or failed for good; it failed until no attempts were left; an export took too long; the queue was shut down.
 */
export type DropReason =
  | 'queue_full'
  | 'too_large'
  | 'rejected'
  | 'retries_exhausted'
  | 'timeout'
  | 'shutdown';

/** What diagnostics are told: a code for programs, and words. */
const SAYS: Record<DropReason, readonly [code: string, words: string]> = {
  queue_full: ['queue_full', 'the queue is full'],
  too_large: ['item_too_large', 'larger than the whole queue may be'],
  rejected: ['export_failed', 'the exporter refused them or failed for good'],
  retries_exhausted: ['export_failed', 'the exporter failed until no attempts were left'],
  timeout: ['export_failed', 'an export took too long'],
  shutdown: ['queue_shutdown', 'the queue was shut down'],
};

/** The books of a queue: `accepted = exported + all dropped + queued + inFlight`, at any time. */
export interface QueueStats {
  /** Items given to `add`, whatever became of them. */
  readonly accepted: number;
  readonly exported: number;
  /** Items sent again, counted once for each further attempt. */
  readonly retried: number;
  /** Items that the back end refused; the same number as `dropped.rejected`. */
  readonly rejected: number;
  readonly dropped: Readonly<Record<DropReason, number>>;
  /** Items that wait. */
  readonly queued: number;
  readonly inFlight: number;
  /** Bytes held, waiting or in flight, as `sizeOf` counts them. */
  readonly bytes: number;
}

/** What was dropped for one reason. */
interface Drops {
  items: number;
  readonly total: SelfCounter;
  /** How many of `items` diagnostics have been told of, and when. */
  told: number;
  toldAt: number;
}

/** Milliseconds between two reports of the same reason; `Diagnostics` thins them out further. */
const TELL_INTERVAL = 10_000;

/** Counts for one queue, both in its own `stats` and in the library's metrics, and tells of what is dropped. */
export class QueueCounters {
  /** The hot one: `BatchQueue.add` adds to it directly. */
  readonly accepted: SelfCounter;
  readonly #name: string;
  readonly #diagnostics: Diagnostics;
  readonly #clock: Clock;
  readonly #exportedTotal: SelfCounter;
  readonly #retriedTotal: SelfCounter;
  readonly #drops = new Map<DropReason, Drops>();
  #exported = 0;
  #retried = 0;

  constructor(name: string, diagnostics: Diagnostics, clock: Clock) {
    this.#name = name;
    this.#diagnostics = diagnostics;
    this.#clock = clock;
    const counter = (what: string, help: string) =>
      diagnostics.counter(`telltale_queue_items_${what}_total`, help, { queue: name });
    this.accepted = counter('accepted', 'Items given to the queue.');
    this.#exportedTotal = counter('exported', 'Items that the queue delivered.');
    this.#retriedTotal = counter('retried', 'Items that were sent again, once for each further attempt.');
  }

  exported(items: number): void {
    this.#exported += items;
    this.#exportedTotal.value += items;
  }

  retry(items: number): void {
    this.#retried += items;
    this.#retriedTotal.value += items;
  }

  drop(reason: DropReason, items: number, error: unknown): void {
    const drops = this.#dropsOf(reason);
    drops.items += items;
    drops.total.value += items;
    const now = this.#clock.monotonic();
    if (now - drops.toldAt < TELL_INTERVAL) return;
    const [code, words] = SAYS[reason];
    const message = `queue "${this.#name}" dropped ${drops.items - drops.told} items: ${words}`;
    drops.toldAt = now;
    drops.told = drops.items;
    this.#diagnostics.report(code, this.#name, message, error);
  }

  snapshot(queued: number, inFlight: number, bytes: number): QueueStats {
    const dropped = {} as Record<DropReason, number>;
    let accepted = this.#exported + queued + inFlight;
    for (const reason of Object.keys(SAYS) as DropReason[]) {
      dropped[reason] = this.#drops.get(reason)?.items ?? 0;
      accepted += dropped[reason];
    }
    const { rejected } = dropped;
    return {
      accepted,
      exported: this.#exported,
      retried: this.#retried,
      rejected,
      dropped,
      queued,
      inFlight,
      bytes,
    };
  }

  #dropsOf(reason: DropReason): Drops {
    let drops = this.#drops.get(reason);
    if (drops === undefined) {
      const total = this.#diagnostics.counter(
        'telltale_queue_items_dropped_total',
        'Items that were dropped, by reason.',
        { queue: this.#name, reason },
      );
      drops = { items: 0, total, told: 0, toldAt: -Infinity };
      this.#drops.set(reason, drops);
    }
    return drops;
  }
}
