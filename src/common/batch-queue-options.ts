import type { Clock } from './clock.js';
import type { Reporter } from './diagnostics.js';
import type { RandomSource } from './random.js';
import type { RetryOptions } from './retry.js';

/** What an export may answer: nothing for full success, or how many items the back end refused. */
// biome-ignore lint/suspicious/noConfusingVoidType: it is what an async function without a return answers
export type ExportAnswer = void | { rejected: number };

export type ExportFunction<T> = (batch: T[], signal: AbortSignal) => Promise<ExportAnswer>;

/** What `flush` and `shutdown` answer, about the items that were held when they were called. */
export interface FlushResult {
  /** Every item left the queue in time, delivered or dropped. */
  readonly complete: boolean;
  /** Items delivered meanwhile. */
  readonly exported: number;
  /** Items dropped meanwhile, for whatever reason. */
  readonly dropped: number;
  /** Items that were still held when the time was up. */
  readonly pending: number;
}

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
  diagnostics?: Reporter;
}
