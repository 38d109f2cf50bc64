import type { Clock, Timer } from './clock.js';
import type { RandomSource } from './random.js';
import { isRetryable, type RetryPolicy, retryAfterOf, retryDelay } from './retry.js';
import { withoutTelemetry } from './suppression.js';

/** What an export may answer: nothing for full success, or how many items the back end refused. */
// biome-ignore lint/suspicious/noConfusingVoidType: it is what an async function without a return answers
export type ExportAnswer = void | { rejected: number };

export type ExportFunction<T> = (batch: T[], signal: AbortSignal) => Promise<ExportAnswer>;

export type DeliveryFailure = 'rejected' | 'retries_exhausted' | 'timeout' | 'shutdown';

/** The end of a batch: every item of it is either exported or dropped. */
export interface Outcome {
  readonly exported: number;
  readonly dropped: number;
  /** Why, where something was dropped. */
  readonly reason: DeliveryFailure | undefined;
  readonly error: unknown;
}

export interface DeliverySettings<T> {
  readonly export: ExportFunction<T>;
  readonly exportTimeout: number;
  readonly retry: RetryPolicy;
  readonly clock: Clock;
  readonly random: RandomSource;
  /** Told before each further attempt. */
  onRetry(items: number): void;
}

/**
 * One batch on its way: attempts, each with a deadline, and pauses between them. It ends exactly once, whatever
 * the exporter does: hangs, throws, rejects, or answers twice.
 */
export class Delivery<T> {
  readonly #settings: DeliverySettings<T>;
  readonly #items: readonly T[];
  readonly #onEnd: (outcome: Outcome) => void;
  /** Number of the attempt whose answer counts; an answer to any other comes too late. */
  #attempt = 0;
  #giveUpAt = Infinity;
  #controller: AbortController | undefined;
  #timer: Timer | undefined;
  /** Between two attempts, and not because the back end asked for it. */
  #pausing = false;
  #ended = false;

  constructor(settings: DeliverySettings<T>, items: readonly T[], onEnd: (outcome: Outcome) => void) {
    this.#settings = settings;
    this.#items = items;
    this.#onEnd = onEnd;
  }

  start(): void {
    withoutTelemetry(() => this.#try());
  }

  /** Cuts a pause short: somebody is waiting for a flush. A pause that the back end asked for is kept. */
  hurry(): void {
    if (!this.#pausing) return;
    this.#timer?.cancel();
    this.#retry();
  }

  /** Ends the delivery now, as dropped; a later answer of the exporter no longer counts. */
  abandon(): void {
    if (!this.#ended) this.#end(0, 'shutdown', undefined);
  }

  #try(): void {
    const { clock, exportTimeout } = this.#settings;
    const attempt = ++this.#attempt;
    const controller = new AbortController();
    this.#controller = controller;
    this.#timer = clock.setTimeout(() => this.#end(0, 'timeout', undefined), exportTimeout);
    this.#call(controller.signal).then(
      (answer) =>
        this.#current(attempt) && this.#end(this.#items.length - rejectedOf(answer, this.#items.length)),
      (error) => this.#current(attempt) && this.#failed(error),
    );
  }

  /** The exporter gets a copy: what it does to the array must not change what a retry sends. */
  async #call(signal: AbortSignal): Promise<ExportAnswer> {
    return this.#settings.export(this.#items.slice(), signal);
  }

  #current(attempt: number): boolean {
    return !this.#ended && attempt === this.#attempt;
  }

  #failed(error: unknown): void {
    this.#timer?.cancel();
    const { clock, retry, random } = this.#settings;
    if (!isRetryable(error)) {
      this.#end(0, 'rejected', error);
      return;
    }
    const now = clock.monotonic();
    if (this.#giveUpAt === Infinity) this.#giveUpAt = now + retry.maxElapsed;
    const left = this.#giveUpAt - now;
    if (this.#attempt >= retry.maxAttempts || left <= 0) {
      this.#end(0, 'retries_exhausted', error);
      return;
    }
    const retryAfter = retryAfterOf(error);
    const delay = Math.min(retryDelay(retry, this.#attempt, random, retryAfter), left);
    this.#pausing = retryAfter === undefined;
    this.#timer = clock.setTimeout(() => this.#retry(), delay);
  }

  #retry(): void {
    this.#pausing = false;
    this.#settings.onRetry(this.#items.length);
    withoutTelemetry(() => this.#try());
  }

  #end(exported: number, reason: DeliveryFailure = 'rejected', error?: unknown): void {
    this.#ended = true;
    this.#pausing = false;
    this.#timer?.cancel();
    this.#timer = undefined;
    if (reason === 'timeout' || reason === 'shutdown') this.#controller?.abort();
    this.#controller = undefined;
    const dropped = this.#items.length - exported;
    this.#onEnd({ exported, dropped, reason: dropped === 0 ? undefined : reason, error });
  }
}

/** A partial success, mended into a whole number from 0 to `items`. */
function rejectedOf(answer: ExportAnswer, items: number): number {
  try {
    const rejected = Math.floor(Number((answer as { rejected?: unknown } | undefined)?.rejected ?? 0));
    return rejected > 0 ? Math.min(rejected, items) : 0;
  } catch {
    return 0;
  }
}
