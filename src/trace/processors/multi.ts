import type { Context } from '@opentelemetry/api';
import { Diagnostics } from '../../common/diagnostics.js';
import type { FlushOptions } from '../../common/export.js';
import { checkArray, checkMethods, checkOptions } from '../../common/options.js';
import type { ReadableSpan, ReadWriteSpan, SpanProcessor } from '../readable-span.js';
import { SpanFanOut } from './fan-out.js';

export interface MultiSpanProcessorOptions {
  /** Called in this order. */
  processors: SpanProcessor[];
  diagnostics?: Diagnostics;
}

/**
 * Several processors as one, for a place that takes one: behind a filter, say. A processor that throws is told of
 * and the others still hear.
 *
 * ```ts
 * new FilterSpanProcessor({ keep, processor: new MultiSpanProcessor({ processors: [toCollector, toConsole] }) });
 * ```
 */
export class MultiSpanProcessor implements SpanProcessor {
  /** Only there if one of the processors has it: a provider asks. */
  declare readonly onEnding?: (span: ReadWriteSpan) => void;
  readonly #all: SpanFanOut;

  /** @throws TelltaleError for an option that is unknown or wrong. */
  constructor(options: MultiSpanProcessorOptions) {
    const owner = 'MultiSpanProcessor';
    const { processors, diagnostics } = checkOptions(owner, options, ['processors', 'diagnostics']);
    const checked = checkArray(owner, 'processors', processors, (processor, path) =>
      checkMethods(owner, path, processor, ['onStart', 'onEnd', 'forceFlush', 'shutdown']),
    );
    const all = new SpanFanOut(checked, diagnostics ?? new Diagnostics());
    this.#all = all;
    if (all.hearsEnding) this.onEnding = (span) => all.onEnding(span);
  }

  onStart(span: ReadWriteSpan, parentContext: Context): void {
    this.#all.onStart(span, parentContext);
  }

  onEnd(span: ReadableSpan): void {
    this.#all.onEnd(span);
  }

  /** Settles when every processor has; what fails is told of. */
  forceFlush(options?: FlushOptions): Promise<void> {
    return this.#all.all('forceFlush', options);
  }

  shutdown(options?: FlushOptions): Promise<void> {
    return this.#all.all('shutdown', options);
  }
}
