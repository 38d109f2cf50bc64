import { type Clock, systemClock } from '../../common/clock.js';
import { Diagnostics } from '../../common/diagnostics.js';
import { exportWith } from '../../common/exporter-call.js';
import { checkMethods, checkOptions } from '../../common/options.js';
import { withinTime } from '../deadline.js';
import { FLAG_SAMPLED } from '../ids.js';
import type { ReadableSpan, SpanExporter, SpanProcessor } from '../readable-span.js';
import { spanFlags } from '../span-facts.js';

export interface SimpleSpanProcessorOptions {
  exporter: SpanExporter;
  clock?: Clock;
  diagnostics?: Diagnostics;
}

/** Spans that wait at most while the exporter is busy. */
const MAX_WAITING = 2048;
const TIMEOUT = 30_000;

/**
 * Hands each sampled span to an exporter the moment it ends, in the same call: for tests and for exporters that
 * write at once. The exporter is never called again before it has answered; what ends meanwhile waits and
 * follows together. For anything that sends over a network, `BatchSpanProcessor` is the one.
 */
export class SimpleSpanProcessor implements SpanProcessor {
  readonly #exporter: SpanExporter;
  readonly #clock: Clock;
  readonly #diagnostics: Diagnostics;
  #waiting: ReadableSpan[] = [];
  #busy: Promise<void> | undefined;
  #shutdown: Promise<void> | undefined;

  /** @throws TelltaleError for an option that is unknown or wrong. */
  constructor(options: SimpleSpanProcessorOptions) {
    const owner = 'SimpleSpanProcessor';
    checkOptions(owner, options, ['exporter', 'clock', 'diagnostics']);
    this.#exporter = checkMethods(owner, 'exporter', options?.exporter, ['export', 'shutdown']);
    this.#clock = options.clock ?? systemClock;
    this.#diagnostics = options.diagnostics ?? new Diagnostics({ clock: this.#clock });
  }

  onStart(): void {}

  onEnd(span: ReadableSpan): void {
    if (this.#shutdown !== undefined || (spanFlags(span) & FLAG_SAMPLED) === 0) return;
    if (this.#waiting.length < MAX_WAITING) this.#waiting.push(span);
    else this.#lost('span_dropped', 1, 'the exporter is too slow');
    if (this.#busy === undefined) this.#busy = this.#drain();
  }

  /** Settles when the exporter has answered for every span so far, within 60 seconds at the latest. */
  async forceFlush(): Promise<void> {
    if (this.#busy !== undefined) await withinTime(this.#busy, TIMEOUT, this.#clock);
    const flushed = this.#exporter.forceFlush?.();
    if (flushed !== undefined) await withinTime(flushed, TIMEOUT, this.#clock);
  }

  /** The same, and closes the exporter; later spans are passed over. */
  shutdown(): Promise<void> {
    this.#shutdown ??= this.forceFlush().then(async () => {
      await withinTime(this.#exporter.shutdown(), TIMEOUT, this.#clock);
    });
    return this.#shutdown;
  }

  /** The first export starts before this returns, as an async function runs to its first await at once. */
  async #drain(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting;
      this.#waiting = [];
      try {
        const answered = exportWith(this.#exporter, batch);
        if (!(await withinTime(answered, TIMEOUT, this.#clock)))
          throw new Error('the exporter did not answer');
      } catch (error) {
        this.#lost('export_failed', batch.length, 'the export failed', error);
      }
    }
    this.#busy = undefined;
  }

  #lost(code: string, spans: number, why: string, error?: unknown): void {
    const labels = { queue: 'spans', processor: 'simple' };
    this.#diagnostics.counter('telltale_queue_dropped_items_total', 'Items dropped.', labels).value += spans;
    this.#diagnostics.report(code, 'spans', `spans are lost: ${why}`, error);
  }
}
