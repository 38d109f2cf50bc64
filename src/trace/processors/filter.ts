import type { Context } from '@opentelemetry/api';
import { Diagnostics } from '../../common/diagnostics.js';
import { invalidOption } from '../../common/errors.js';
import type { FlushOptions } from '../../common/export.js';
import { checkMethods, checkOptions } from '../../common/options.js';
import type { ReadableSpan, ReadWriteSpan, SpanProcessor } from '../readable-span.js';

export interface FilterSpanProcessorOptions {
  /** Asked of every span that has ended: `false` keeps it from the processor. One that throws keeps the span. */
  keep: (span: ReadableSpan) => boolean;
  /** Where the spans go that are kept. */
  processor: SpanProcessor;
  diagnostics?: Diagnostics;
}

/**
 * Keeps spans from a processor by what they turned out to be. A trace of which some spans are missing has holes;
 * to keep or drop whole traces there is `telltale/tail-sampling`, and samplers decide before a span costs anything.
 *
 * ```ts
 * new FilterSpanProcessor({ keep: (span) => span.attributes['http.route'] !== '/healthz', processor });
 * ```
 *
 * Spans left out are counted: `telltale_spans_filtered_total`.
 */
export class FilterSpanProcessor implements SpanProcessor {
  /** Only there if the processor has it: a provider asks. */
  declare readonly onEnding?: (span: ReadWriteSpan) => void;
  readonly #keep: (span: ReadableSpan) => boolean;
  readonly #next: SpanProcessor;
  readonly #diagnostics: Diagnostics;
  readonly #filtered: { value: number };

  /** @throws TelltaleError for an option that is unknown or wrong. */
  constructor(options: FilterSpanProcessorOptions) {
    const owner = 'FilterSpanProcessor';
    const given = checkOptions(owner, options, ['keep', 'processor', 'diagnostics']);
    if (typeof given.keep !== 'function') throw invalidOption(owner, 'keep', given.keep, 'a function');
    const next = checkMethods(owner, 'processor', given.processor, [
      'onStart',
      'onEnd',
      'forceFlush',
      'shutdown',
    ]);
    this.#keep = given.keep;
    this.#next = next;
    this.#diagnostics = given.diagnostics ?? new Diagnostics();
    this.#filtered = this.#diagnostics.counter(
      'telltale_spans_filtered_total',
      'Spans that a filter kept from its processor.',
    );
    if (typeof next.onEnding === 'function') this.onEnding = (span) => next.onEnding!(span);
  }

  onStart(span: ReadWriteSpan, parentContext: Context): void {
    this.#next.onStart(span, parentContext);
  }

  onEnd(span: ReadableSpan): void {
    if (this.#keeps(span)) this.#next.onEnd(span);
    else this.#filtered.value++;
  }

  forceFlush(options?: FlushOptions): Promise<void> {
    return this.#next.forceFlush(options);
  }

  shutdown(options?: FlushOptions): Promise<void> {
    return this.#next.shutdown(options);
  }

  #keeps(span: ReadableSpan): boolean {
    try {
      return this.#keep(span) !== false;
    } catch (error) {
      this.#diagnostics.report(
        'span_filter_failed',
        'keep',
        'the filter of spans threw; the span is kept',
        error,
      );
      return true;
    }
  }
}
