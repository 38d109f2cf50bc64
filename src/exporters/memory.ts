import { EXPORT_FAILED, EXPORT_SUCCESS, type ExportResult } from '../common/export.js';
import type { LogRecordExporter, ReadableLogRecord } from '../logs/readable-log-record.js';
import type { PushMetricExporter, ResourceMetrics } from '../metrics/resource-metrics.js';
import type { ReadableSpan, SpanExporter } from '../trace/readable-span.js';

/**
 * Keeps what it is given, for tests and for looking at. Nothing bounds it: `reset()` is the caller's to call.
 * After `shutdown()` it refuses what comes, and what it has stays readable.
 */
abstract class MemoryExporter<T> {
  #items: T[] = [];
  #closed = false;
  #waiting: { enough: (items: readonly T[]) => boolean; resolve: (items: T[]) => void }[] = [];

  /** @internal */
  protected get items(): T[] {
    return this.#items;
  }

  /** @internal */
  protected take(items: readonly T[], resultCallback: (result: ExportResult) => void): void {
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

  /** Settles with all that is there as soon as that is enough, at once if it is already. */
  waitFor(enough: (items: readonly T[]) => boolean): Promise<T[]> {
    if (enough(this.#items)) return Promise.resolve(this.#items);
    return new Promise((resolve) => this.#waiting.push({ enough, resolve }));
  }

  /** Forgets what is there. */
  reset(): void {
    this.#items = [];
  }

  async forceFlush(): Promise<void> {}

  async shutdown(): Promise<void> {
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
export class InMemorySpanExporter extends MemoryExporter<ReadableSpan> implements SpanExporter {
  /** Every span since the start or the last `reset`, in the order in which they came. */
  get spans(): ReadableSpan[] {
    return this.items;
  }

  export(spans: ReadableSpan[], resultCallback: (result: ExportResult) => void): void {
    this.take(spans, resultCallback);
  }

  /** The same as `spans`, by the name that OpenTelemetry's exporter of this name has for it. */
  getFinishedSpans(): ReadableSpan[] {
    return this.items;
  }
}

/** Keeps log records in memory; see `InMemorySpanExporter`. */
export class InMemoryLogExporter extends MemoryExporter<ReadableLogRecord> implements LogRecordExporter {
  get records(): ReadableLogRecord[] {
    return this.items;
  }

  export(records: ReadableLogRecord[], resultCallback: (result: ExportResult) => void): void {
    this.take(records, resultCallback);
  }
}

/** Keeps collections of metrics in memory, each as it came; see `InMemorySpanExporter`. */
export class InMemoryMetricExporter extends MemoryExporter<ResourceMetrics> implements PushMetricExporter {
  get records(): ResourceMetrics[] {
    return this.items;
  }

  export(metrics: ResourceMetrics, resultCallback: (result: ExportResult) => void): void {
    this.take([metrics], resultCallback);
  }
}
