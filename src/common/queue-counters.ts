import type { Clock } from './clock.js';
import type { Reporter, SelfCounter } from './diagnostics.js';

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
  too_large: ['item_too_large', 'larger than the whole queue'],
  rejected: ['export_failed', 'the exporter refused them'],
  retries_exhausted: ['export_failed', 'the exporter went on failing'],
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

type What = 'accepted' | 'exported' | 'retried' | 'dropped';

/** Items of this queue; those of all queues of the name are in the library's counter. */
interface Tally {
  items: number;
  readonly total: SelfCounter;
  /** How many of `items` diagnostics have been told of, and until when they are told no more. */
  told: number;
  quietUntil: number;
}

/** Milliseconds between two reports of the same reason; `Diagnostics` thins them out further. */
const TELL_INTERVAL = 10_000;

/** Counts for one queue, both in its own `stats` and in the library's metrics, and tells of what is dropped. */
export class QueueCounters {
  /** The hot one: `BatchQueue.add` adds to it directly. */
  readonly accepted: SelfCounter;
  readonly #name: string;
  readonly #diagnostics: Reporter;
  readonly #clock: Clock;
  readonly #tallies: { [what in What | DropReason]?: Tally } = {};

  constructor(name: string, diagnostics: Reporter, clock: Clock) {
    this.#name = name;
    this.#diagnostics = diagnostics;
    this.#clock = clock;
    this.accepted = this.count('accepted', 0).total;
    this.count('exported', 0);
    this.count('retried', 0);
  }

  count(what: What, items: number, reason?: DropReason): Tally {
    const queue = this.#name;
    const key = reason ?? what;
    this.#tallies[key] ??= {
      items: 0,
      total: this.#diagnostics.counter(
        `telltale_queue_items_${what}_total`,
        `Items that the queue ${what}.`,
        reason === undefined ? { queue } : { queue, reason },
      ),
      told: 0,
      quietUntil: -Infinity,
    };
    const tally = this.#tallies[key];
    tally.items += items;
    tally.total.value += items;
    return tally;
  }

  drop(reason: DropReason, items: number, error?: unknown): void {
    const tally = this.count('dropped', items, reason);
    const now = this.#clock.monotonic();
    if (items === 0 || now < tally.quietUntil) return;
    const [code, words] = SAYS[reason];
    const message = `queue "${this.#name}" dropped ${tally.items - tally.told} items: ${words}`;
    tally.quietUntil = now + TELL_INTERVAL;
    tally.told = tally.items;
    this.#diagnostics.report(code, this.#name, message, error);
  }

  snapshot(queued: number, inFlight: number, bytes: number): QueueStats {
    const of = (what: What | DropReason) => this.#tallies[what]?.items ?? 0;
    const dropped = {} as Record<DropReason, number>;
    const exported = of('exported');
    let accepted = exported + queued + inFlight;
    for (const reason of Object.keys(SAYS) as DropReason[]) {
      dropped[reason] = of(reason);
      accepted += dropped[reason];
    }
    return {
      accepted,
      exported,
      retried: of('retried'),
      rejected: dropped.rejected,
      dropped,
      queued,
      inFlight,
      bytes,
    };
  }
}
