import { type Clock, systemClock, type Timer } from '../../common/clock.js';
import { withinTime } from '../../common/deadline.js';
import { Diagnostics } from '../../common/diagnostics.js';
import { EXPORT_FAILED, EXPORT_SUCCESS, type ExportResult } from '../../common/export.js';
import { checkMethods, checkOptions } from '../../common/options.js';
import { withoutTelemetry } from '../../common/suppression.js';
import { FLAG_SAMPLED } from '../ids.js';
import type { ReadableSpan, SpanExporter, SpanProcessor } from '../readable-span.js';
import { spanFlags } from '../span-facts.js';

export interface SimpleSpanProcessorOptions {
  exporter: SpanExporter;
  clock?: Clock;
  diagnostics?: Diagnostics;
}

/** Exports under way at most; a span that ends beyond that is dropped and counted. */
const MAX_IN_FLIGHT = 2048;
/** Milliseconds that the exporter may take to answer. */
const TIMEOUT = 30_000;

/**
 * Hands each sampled span to an exporter the moment it ends, in the same call: for tests, and for exporters
 * that write at once. As in OpenTelemetry JS it does not wait for the answer before it hands over the next, so
 * that an in-memory exporter holds every span that has ended. For anything that sends over a network,
 * `BatchSpanProcessor` is the one.
 */
export class SimpleSpanProcessor implements SpanProcessor {
  readonly #exporter: SpanExporter;
  readonly #clock: Clock;
  readonly #diagnostics: Diagnostics;
  #inFlight = 0;
  #idle: (() => void)[] = [];
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
    if (this.#inFlight < MAX_IN_FLIGHT) this.#export(span);
    else this.#lost('queue_full', 'the exporter is too slow');
  }

  /** Settles when the exporter has answered for every span so far, within 60 seconds at the latest. */
  async forceFlush(): Promise<void> {
    if (this.#inFlight > 0) await new Promise<void>((resolve) => this.#idle.push(resolve));
    const flushed: unknown = this.#exporter.forceFlush?.();
    if (flushed !== undefined) await withinTime(flushed, TIMEOUT, this.#clock);
  }

  /** The same, and closes the exporter; later spans are passed over. */
  shutdown(): Promise<void> {
    this.#shutdown ??= this.forceFlush().then(async () => {
      await withinTime(this.#exporter.shutdown(), TIMEOUT, this.#clock);
    });
    return this.#shutdown;
  }

  /** Only the exporter's first answer counts; none within the time counts as a failure. */
  #export(span: ReadableSpan): void {
    let answered = false;
    let timer: Timer | undefined;
    const answer = (result: ExportResult): void => {
      if (answered) return;
      answered = true;
      timer?.cancel();
      this.#inFlight--;
      if (result?.code !== EXPORT_SUCCESS) this.#lost('export_failed', 'the exporter failed', result?.error);
      if (this.#inFlight === 0) for (const resolve of this.#idle.splice(0)) resolve();
    };
    this.#inFlight++;
    try {
      withoutTelemetry(() => this.#exporter.export([span], answer));
    } catch (error) {
      answer({ code: EXPORT_FAILED, error: error as Error });
    }
    if (answered) return;
    const late = new Error(`the exporter did not answer within ${TIMEOUT} ms`);
    timer = this.#clock.setTimeout(() => answer({ code: EXPORT_FAILED, error: late }), TIMEOUT);
  }

  #lost(code: 'queue_full' | 'export_failed', why: string, error?: unknown): void {
    const reason = code === 'queue_full' ? code : 'rejected';
    const help = 'Items that were dropped, by reason.';
    const labels = { queue: 'spans', reason };
    this.#diagnostics.counter('telltale_queue_items_dropped_total', help, labels).value++;
    this.#diagnostics.report(code, 'spans', `a span is lost: ${why}`, error);
  }
}
