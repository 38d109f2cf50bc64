import {
  BatchQueue,
  type BatchQueueOptions,
  type ExportAnswer,
  type QueueStats,
} from '../../common/batch-queue.js';
import { type Clock, systemClock } from '../../common/clock.js';
import { withinTime } from '../../common/deadline.js';
import type { FlushOptions } from '../../common/export.js';
import { exportWith } from '../../common/exporter-call.js';
import { checkMethods } from '../../common/options.js';
import { FLAG_SAMPLED } from '../ids.js';
import type { ReadableSpan, SpanExporter, SpanProcessor } from '../readable-span.js';
import { spanFlags, spanSize } from '../span-facts.js';

/** The exporter, and the options of the `BatchQueue` in front of it, with its defaults. */
export interface BatchSpanProcessorOptions extends Omit<BatchQueueOptions<ReadableSpan>, 'name' | 'export'> {
  exporter: SpanExporter;
}

/** Milliseconds that a flush or a shutdown of the exporter may take. */
const EXPORTER_TIMEOUT = 30_000;

/**
 * Hands sampled spans to an exporter in batches, from a bounded queue: as soon as a batch is full, and after
 * `interval` at the latest. Spans that are dropped are counted by reason (`stats`) and told of.
 *
 * ```ts
 * new BatchSpanProcessor({ exporter, maxItems: 10_000, interval: 5_000 });
 * ```
 */
export class BatchSpanProcessor implements SpanProcessor {
  readonly #queue: BatchQueue<ReadableSpan>;
  readonly #exporter: SpanExporter;
  readonly #clock: Clock;
  #shutdown: Promise<void> | undefined;

  /** @throws TelltaleError for an option that is unknown or wrong. */
  constructor(options: BatchSpanProcessorOptions) {
    const { exporter, ...queueOptions } = options ?? {};
    this.#exporter = checkMethods('BatchSpanProcessor', 'exporter', exporter, ['export', 'shutdown']);
    this.#clock = options.clock ?? systemClock;
    this.#queue = new BatchQueue<ReadableSpan>({
      sizeOf: spanSize,
      ...queueOptions,
      name: 'spans',
      export: (batch, signal) => exportWhole(exporter, batch, signal),
    });
  }

  /** What became of every span so far. */
  get stats(): QueueStats {
    return this.#queue.stats;
  }

  onStart(): void {}

  onEnd(span: ReadableSpan): void {
    if ((spanFlags(span) & FLAG_SAMPLED) !== 0) this.#queue.add(span);
  }

  /**
   * Settles when every span that has ended was exported or dropped: within `timeoutMillis` (30,000), and as long
   * again for the exporter.
   */
  async forceFlush(options?: FlushOptions): Promise<void> {
    await this.#queue.flush(options?.timeoutMillis);
    const flushed: unknown = this.#exporter.forceFlush?.();
    if (flushed !== undefined) await withinTime(flushed, EXPORTER_TIMEOUT, this.#clock);
  }

  /** The same, and closes the exporter; later spans are dropped and counted. */
  shutdown(options?: FlushOptions): Promise<void> {
    this.#shutdown ??= this.#close(options);
    return this.#shutdown;
  }

  async #close(options?: FlushOptions): Promise<void> {
    await this.#queue.shutdown(options?.timeoutMillis);
    await withinTime(this.#exporter.shutdown(), EXPORTER_TIMEOUT, this.#clock);
  }
}

/** A resource of OpenTelemetry's detectors may still be looking things up; the first batches wait for it. */
async function exportWhole(
  exporter: SpanExporter,
  batch: ReadableSpan[],
  signal: AbortSignal,
): Promise<ExportAnswer> {
  const resource = batch[0]?.resource;
  if (resource?.asyncAttributesPending) await resource.waitForAsyncAttributes?.();
  return exportWith(exporter, batch, signal);
}
