import { EXPORT_FAILED, EXPORT_SUCCESS, type ExportResult } from '../common/export.js';
import type { LogRecordExporter, ReadableLogRecord } from '../logs/readable-log-record.js';
import type { PushMetricExporter, ResourceMetrics } from '../metrics/resource-metrics.js';
import type { ReadableSpan, SpanExporter } from '../trace/readable-span.js';

/**
 * Keeps what it is given, for tests and for looking at. Nothing bounds it: `reset()` is the caller's to call.
 * After `shutdown()` it refuses what comes, and what it has stays readable.
 */
class MemoryExporter<T> {
  #items: T[] = [];
  #closed = false;
  #waiting: { enough: (items: readonly T[]) => boolean; resolve: (items: T[]) => void }[] = [];

  get items(): T[] {
    return this.#items;
  }

  take(items: readonly T[], resultCallback: (result: ExportResult) => void): void {
    if (this.#closed) {
      resultCallback({ code: EXPORT_FAILED, error: new Error('the in-memory exporter was shut down') });
      return;
    }
    for (const item of items) this.#items.push(item);
    resultCallback({ code: EXPORT_SUCCESS });
    this.#waiting = this.#waiting.filter(({ enough, resolve }) => {
      if (!enough(this.#items)) return true;
      resolve(this.#items);
      return false;
    });
  }

  waitFor(enough: (items: readonly T[]) => boolean): Promise<T[]> {
    if (enough(this.#items)) return Promise.resolve(this.#items);
    return new Promise((resolve) => this.#waiting.push({ enough, resolve }));
  }

  reset(): void {
    this.#items = [];
  }

  close(): void {
    this.#closed = true;
  }
}

/**
 * Keeps finished spans in memory.
 *
 * ```ts
 * const exporter = new InMemorySpanExporter();
 * const [server] = await exporter.waitFor((spans) => spans.some((span) => span.name === 'GET /cart'));
 * ```
 */
export class InMemorySpanExporter implements SpanExporter {
  readonly #memory = new MemoryExporter<ReadableSpan>();

  /** Every span since the start or the last `reset`, in the order in which they came. */
  get spans(): ReadableSpan[] {
    return this.#memory.items;
  }

  export(spans: ReadableSpan[], resultCallback: (result: ExportResult) => void): void {
    this.#memory.take(spans, resultCallback);
  }

  /** Settles with all spans as soon as they are enough, at once if they are already. */
  waitFor(enough: (spans: readonly ReadableSpan[]) => boolean): Promise<ReadableSpan[]> {
    return this.#memory.waitFor(enough);
  }

  /** The same as `spans`, by the name that OpenTelemetry's exporter of this name has for it. */
  getFinishedSpans(): ReadableSpan[] {
    return this.#memory.items;
  }

  reset(): void {
    this.#memory.reset();
  }

  async forceFlush(): Promise<void> {}

  async shutdown(): Promise<void> {
    this.#memory.close();
  }
}

/** Keeps log records in memory; see `InMemorySpanExporter`. */
export class InMemoryLogExporter implements LogRecordExporter {
  readonly #memory = new MemoryExporter<ReadableLogRecord>();

  get records(): ReadableLogRecord[] {
    return this.#memory.items;
  }

  export(records: ReadableLogRecord[], resultCallback: (result: ExportResult) => void): void {
    this.#memory.take(records, resultCallback);
  }

  waitFor(enough: (records: readonly ReadableLogRecord[]) => boolean): Promise<ReadableLogRecord[]> {
    return this.#memory.waitFor(enough);
  }

  reset(): void {
    this.#memory.reset();
  }

  async forceFlush(): Promise<void> {}

  async shutdown(): Promise<void> {
    this.#memory.close();
  }
}

/** Keeps collections of metrics in memory, each as it came; see `InMemorySpanExporter`. */
export class InMemoryMetricExporter implements PushMetricExporter {
  readonly #memory = new MemoryExporter<ResourceMetrics>();

  get records(): ResourceMetrics[] {
    return this.#memory.items;
  }

  export(metrics: ResourceMetrics, resultCallback: (result: ExportResult) => void): void {
    this.#memory.take([metrics], resultCallback);
  }

  waitFor(enough: (records: readonly ResourceMetrics[]) => boolean): Promise<ResourceMetrics[]> {
    return this.#memory.waitFor(enough);
  }

  reset(): void {
    this.#memory.reset();
  }

  async forceFlush(): Promise<void> {}

  async shutdown(): Promise<void> {
    this.#memory.close();
  }
}
