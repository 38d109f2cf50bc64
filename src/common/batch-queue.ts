import { type Clock, systemClock, type Timer } from './clock.js';
import { Delivery, type DeliverySettings, type ExportFunction, type Outcome } from './delivery.js';
import { Diagnostics } from './diagnostics.js';
import { invalidOption } from './errors.js';
import { type FlushResult, FlushWaiter } from './flush-waiter.js';
import {
  checkFunction,
  checkInteger,
  checkNumber,
  checkOneOf,
  checkOptions,
  checkString,
} from './options.js';
import { type DropReason, QueueCounters, type QueueStats } from './queue-counters.js';
import { cryptoRandom, type RandomSource } from './random.js';
import { type RetryOptions, retryPolicy } from './retry.js';

export interface BatchQueueOptions<T> {
  /** Names the queue in counters and diagnostics: `spans`, `logs`, … */
  name: string;
  /**
   * Sends a batch. Resolve when it is delivered, with `{ rejected }` where the back end refused some of it.
   * Reject with an error whose `retryable` is `true` (a `RetryableExportError`) to be asked again with the same
   * items; any other error is final. `signal` aborts when the time is up. It runs outside the caller's
   * context, with telemetry suppressed, and never inside a call of `add`.
   */
  export: ExportFunction<T>;
  /** Items held at most, those in flight included. Default 32,768. */
  maxItems?: number;
  /** Bytes held at most as `sizeOf` counts them, those in flight included. Default 64 MiB. */
  maxBytes?: number;
  /** Bytes an item takes, roughly. Without it only items are bounded. */
  sizeOf?: (item: T) => number;
  /** Items in a batch at most; a batch that has so many is sent at once. Default 1,024. */
  maxBatchItems?: number;
  /** Bytes in a batch at most, as `sizeOf` counts them; a larger item travels alone. Default 4 MiB. */
  maxBatchBytes?: number;
  /** Milliseconds after which a batch is sent though it is not full. Default 1,000. */
  interval?: number;
  /** Batches under way at the same time. Default 1, as OpenTelemetry demands for one exporter. */
  maxInFlight?: number;
  /** Milliseconds an attempt may take; then it is aborted and its items are dropped. Default 30,000. */
  exportTimeout?: number;
  /** Who gives way when the queue is full: the item that arrives, or those that wait longest. Default `newest`. */
  dropPolicy?: 'newest' | 'oldest';
  /** Further attempts after retryable errors; `false` for none. */
  retry?: RetryOptions | false;
  clock?: Clock;
  random?: RandomSource;
  diagnostics?: Diagnostics;
}

const OPTIONS = [
  'name',
  'export',
  'maxItems',
  'maxBytes',
  'sizeOf',
  'maxBatchItems',
  'maxBatchBytes',
  'interval',
  'maxInFlight',
  'exportTimeout',
  'dropPolicy',
  'retry',
  'clock',
  'random',
  'diagnostics',
] as const;

/** Items that travel together. */
interface Batch<T> {
  readonly items: T[];
  /** Bytes of each item, where they are counted. */
  readonly sizes: number[];
  bytes: number;
  /** The flushes that wait for it. */
  waiters: FlushWaiter[] | undefined;
}

/** Milliseconds that `flush` and `shutdown` take at most, unless told otherwise. */
const FLUSH_TIMEOUT = 30_000;

/**
 * The one queue between telltale and every back end: bounded by items and by bytes, sent in batches as soon as
 * one is full, retried, and accounted for to the last item. At any time
 *
 * `accepted = exported + dropped + queued + in flight`
 *
 * where `accepted` counts every item given to `add`, and everything dropped is dropped for a reason.
 *
 * Memory: at most `maxItems` items and `maxBytes` bytes, in flight included; eight bytes an item for the queue
 * itself (sixteen with `sizeOf`). With the defaults a burst of 32,768 items in one tick is held whole, and
 * 20,480 items a second go to a back end that takes 50 ms a batch.
 *
 * Nothing keeps the process alive but a call of `flush` or `shutdown` that has not settled, and no timer runs
 * while the queue is empty.
 */
export class BatchQueue<T> {
  readonly #maxItems: number;
  readonly #maxBytes: number;
  readonly #maxBatchItems: number;
  readonly #maxBatchBytes: number;
  readonly #sizeOf: ((item: T) => number) | undefined;
  readonly #interval: number;
  readonly #maxInFlight: number;
  readonly #dropOldest: boolean;
  readonly #clock: Clock;
  readonly #counters: QueueCounters;
  readonly #settings: DeliverySettings<T>;

  /** The batch being filled. */
  #current: Batch<T> = emptyBatch();
  /** Batches that wait for a slot, oldest first. */
  #waiting: Batch<T>[] = [];
  readonly #flying = new Map<Batch<T>, Delivery<T>>();
  /** Everything held: in `#current`, `#waiting` and `#flying`. */
  #items = 0;
  #bytes = 0;
  #itemsInFlight = 0;

  #timer: Timer | undefined;
  /** The interval is over: what `#current` holds goes as soon as a slot is free. */
  #due = false;
  #scheduled = false;
  #closed = false;
  #shutdown: Promise<FlushResult> | undefined;

  constructor(options: BatchQueueOptions<T>) {
    const owner = 'BatchQueue';
    checkOptions(owner, options, OPTIONS);
    const name = checkString(owner, 'name', options.name, 'queue');
    const whole = { min: 1 };
    this.#maxItems = checkInteger(owner, 'maxItems', options.maxItems, 32_768, whole);
    this.#maxBytes = checkInteger(owner, 'maxBytes', options.maxBytes, 64 * 1024 * 1024, whole);
    const batchItems = checkInteger(owner, 'maxBatchItems', options.maxBatchItems, 1024, whole);
    this.#maxBatchItems = Math.min(batchItems, this.#maxItems);
    this.#maxBatchBytes = checkInteger(owner, 'maxBatchBytes', options.maxBatchBytes, 4 * 1024 * 1024, whole);
    this.#sizeOf = checkFunction(owner, 'sizeOf', options.sizeOf);
    this.#interval = checkNumber(owner, 'interval', options.interval, 1000, { min: 0 });
    this.#maxInFlight = checkInteger(owner, 'maxInFlight', options.maxInFlight, 1, whole);
    this.#dropOldest =
      checkOneOf(owner, 'dropPolicy', options.dropPolicy, 'newest', ['newest', 'oldest']) === 'oldest';
    this.#clock = options.clock ?? systemClock;
    this.#counters = new QueueCounters(name, options.diagnostics ?? new Diagnostics(), this.#clock);
    this.#settings = {
      export: requireExport(owner, options.export),
      exportTimeout: checkNumber(owner, 'exportTimeout', options.exportTimeout, 30_000, { min: 1 }),
      retry: retryPolicy(owner, options.retry),
      clock: this.#clock,
      random: options.random ?? cryptoRandom(),
      onRetry: (items) => this.#counters.retry(items),
    };
  }

  /**
   * Takes an item, to be exported later. `false` where it was dropped at once; it is counted either way.
   * Never throws and never runs the exporter.
   */
  add(item: T): boolean {
    this.#counters.accepted.value++;
    const size = this.#sizeOf === undefined ? 0 : this.#measure(item);
    if (
      this.#items >= this.#maxItems ||
      this.#bytes + size > this.#maxBytes ||
      this.#shutdown !== undefined
    ) {
      if (!this.#makeRoom(size)) return false;
    }
    if (this.#current.bytes + size > this.#maxBatchBytes && this.#current.items.length > 0) this.#seal();
    const batch = this.#current;
    batch.items.push(item);
    this.#items++;
    if (this.#sizeOf !== undefined) {
      batch.sizes.push(size);
      batch.bytes += size;
      this.#bytes += size;
    }
    if (batch.items.length >= this.#maxBatchItems || batch.bytes >= this.#maxBatchBytes) this.#seal();
    else if (batch.items.length === 1) this.#startInterval();
    return true;
  }

  /**
   * Sends what the queue holds now and waits until every item of it was delivered or dropped, but `timeoutMs`
   * (30,000) at most. Pauses between retries are cut short once, unless the back end asked for them.
   */
  flush(timeoutMs: number = FLUSH_TIMEOUT): Promise<FlushResult> {
    if (this.#current.items.length > 0) this.#seal();
    const waiter = new FlushWaiter(this.#clock, millisecondsOf(timeoutMs));
    for (const batch of [...this.#flying.keys(), ...this.#waiting]) {
      batch.waiters ??= [];
      batch.waiters.push(waiter);
      waiter.wait(batch.items.length);
    }
    for (const delivery of [...this.#flying.values()]) delivery.hurry();
    return waiter.start();
  }

  /**
   * Takes no more items, sends what is held, and waits for it like `flush`. What is not delivered when the
   * time is up is aborted and dropped with the reason `shutdown`. A second call gives the same answer.
   */
  shutdown(timeoutMs: number = FLUSH_TIMEOUT): Promise<FlushResult> {
    this.#closed = true;
    this.#shutdown ??= this.flush(timeoutMs).then((result) => {
      const lost = this.#abandonAll();
      return { ...result, dropped: result.dropped + lost, pending: 0 };
    });
    return this.#shutdown;
  }

  /** What became of every item so far. */
  get stats(): QueueStats {
    return this.#counters.snapshot(this.#items - this.#itemsInFlight, this.#itemsInFlight, this.#bytes);
  }

  /** A wrong size must not break the books: it counts as nothing. */
  #measure(item: T): number {
    try {
      const size = this.#sizeOf!(item);
      return Number.isFinite(size) && size > 0 ? size : 0;
    } catch {
      return 0;
    }
  }

  /** The queue is full or shut down: makes room as the policy says, or drops the item that arrived. */
  #makeRoom(size: number): boolean {
    if (this.#closed) return this.#refuse('shutdown');
    if (size > this.#maxBytes) return this.#refuse('too_large');
    if (!this.#dropOldest) return this.#refuse('queue_full');
    while (this.#items >= this.#maxItems || this.#bytes + size > this.#maxBytes) {
      const oldest = this.#waiting[0] ?? this.#current;
      if (oldest.items.length === 0) return this.#refuse('queue_full'); // all of it is in flight
      this.#dropFirst(oldest);
    }
    return true;
  }

  #refuse(reason: DropReason): false {
    this.#counters.drop(reason, 1, undefined);
    return false;
  }

  #dropFirst(batch: Batch<T>): void {
    batch.items.shift();
    const size = batch.sizes.shift() ?? 0;
    batch.bytes -= size;
    this.#bytes -= size;
    this.#items--;
    this.#counters.drop('queue_full', 1, undefined);
    for (const waiter of batch.waiters ?? []) waiter.count(0, 1);
    if (batch.items.length > 0) return;
    if (batch === this.#current) this.#stopInterval();
    else this.#waiting.shift();
  }

  #startInterval(): void {
    this.#timer = this.#clock.setTimeout(this.#onInterval, this.#interval);
  }

  #stopInterval(): void {
    this.#due = false;
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  readonly #onInterval = (): void => {
    this.#timer = undefined;
    this.#due = true;
    this.#pump();
  };

  /** Closes the batch that is being filled and puts it in line. */
  #seal(): void {
    this.#stopInterval();
    this.#waiting.push(this.#current);
    this.#current = emptyBatch();
    this.#schedule();
  }

  /**
   * The exporter starts in a turn of its own: behind the callbacks that are due in this one, whatever filled
   * the batch, and with a turn between two batches, so that an exporter that is always ready cannot starve
   * the event loop. With 100 connections whose requests fill a batch, and an exporter that computes for 4 ms,
   * half of the requests were answered within 7 ms; where it ran as a microtask, within 14 ms.
   */
  #schedule(): void {
    if (this.#scheduled || this.#flying.size >= this.#maxInFlight) return;
    this.#scheduled = true;
    setImmediate(this.#onTurn);
  }

  readonly #onTurn = (): void => {
    this.#scheduled = false;
    this.#pump();
  };

  /** Starts one batch, where there is one to send and a slot for it. */
  #pump(): void {
    if (this.#flying.size >= this.#maxInFlight) return;
    const batch = this.#next();
    if (batch === undefined) return;
    const delivery = new Delivery(this.#settings, batch.items, (outcome) => this.#landed(batch, outcome));
    this.#flying.set(batch, delivery);
    this.#itemsInFlight += batch.items.length;
    delivery.start();
    if (this.#waiting.length > 0) this.#schedule();
  }

  /** While no slot is free the current batch goes on filling, though its time may have come. */
  #next(): Batch<T> | undefined {
    const next = this.#waiting.shift();
    if (next !== undefined || !this.#due || this.#current.items.length === 0) return next;
    this.#stopInterval();
    const batch = this.#current;
    this.#current = emptyBatch();
    return batch;
  }

  #landed(batch: Batch<T>, outcome: Outcome): void {
    this.#flying.delete(batch);
    this.#itemsInFlight -= batch.items.length;
    this.#release(batch, outcome.exported, outcome.dropped);
    this.#counters.exported(outcome.exported);
    if (outcome.reason !== undefined) this.#counters.drop(outcome.reason, outcome.dropped, outcome.error);
    if (this.#waiting.length > 0 || this.#due) this.#schedule();
  }

  #release(batch: Batch<T>, exported: number, dropped: number): void {
    this.#items -= batch.items.length;
    this.#bytes = this.#items === 0 ? 0 : this.#bytes - batch.bytes;
    for (const waiter of batch.waiters ?? []) waiter.count(exported, dropped);
  }

  /** After a shutdown's deadline: drops all that is left, and says how much. */
  #abandonAll(): number {
    const left = this.#items;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const batch of waiting) {
      this.#release(batch, 0, batch.items.length);
      this.#counters.drop('shutdown', batch.items.length, undefined);
    }
    for (const delivery of [...this.#flying.values()]) delivery.abandon();
    return left;
  }
}

function emptyBatch<T>(): Batch<T> {
  return { items: [], sizes: [], bytes: 0, waiters: undefined };
}

function requireExport<T>(owner: string, given: ExportFunction<T>): ExportFunction<T> {
  const checked = checkFunction(owner, 'export', given);
  if (checked === undefined) throw invalidOption(owner, 'export', checked, 'a function');
  return checked;
}

/** A deadline that is none would break the promise to settle: it becomes the default. */
function millisecondsOf(timeout: number): number {
  return typeof timeout === 'number' && timeout < Infinity ? Math.max(0, timeout) : FLUSH_TIMEOUT;
}

export type { ExportAnswer, ExportFunction } from './delivery.js';
export type { FlushResult } from './flush-waiter.js';
export type { DropReason, QueueStats } from './queue-counters.js';
