import type { Context } from '@opentelemetry/api';
import type { Diagnostics } from '../../common/diagnostics.js';
import type { FlushOptions } from '../../common/export.js';
import type { ReadableSpan, ReadWriteSpan, SpanProcessor } from '../readable-span.js';

/**
 * The span processors of a provider, called in order. One that throws is told of, and the others still hear;
 * nothing ever reaches the code that started or ended the span.
 */
export class SpanFanOut {
  /** Whether any processor wants `onEnding`. */
  declare readonly hearsEnding: boolean;
  readonly #processors: readonly SpanProcessor[];
  readonly #diagnostics: Diagnostics;
  #ending: ReadWriteSpan | undefined;

  constructor(processors: readonly SpanProcessor[], diagnostics: Diagnostics) {
    this.#processors = [...processors];
    this.#diagnostics = diagnostics;
    this.hearsEnding = processors.some((processor) => typeof processor.onEnding === 'function');
  }

  onStart(span: ReadWriteSpan, context: Context): void {
    const processors = this.#processors;
    for (let i = 0; i < processors.length; i++) {
      try {
        processors[i]!.onStart(span, context);
      } catch (error) {
        this.#report(processors[i]!, 'onStart', error);
      }
    }
  }

  /** A processor that ends the span here does no harm: the others are not asked a second time. */
  onEnding(span: ReadWriteSpan): void {
    if (this.#ending === span) return;
    const before = this.#ending;
    this.#ending = span;
    for (const processor of this.#processors) {
      try {
        processor.onEnding?.(span);
      } catch (error) {
        this.#report(processor, 'onEnding', error);
      }
    }
    this.#ending = before;
  }

  onEnd(span: ReadableSpan): void {
    const processors = this.#processors;
    for (let i = 0; i < processors.length; i++) {
      try {
        processors[i]!.onEnd(span);
      } catch (error) {
        this.#report(processors[i]!, 'onEnd', error);
      }
    }
  }

  /** Settles when every processor has; failures are told of. */
  async all(method: 'forceFlush' | 'shutdown', options?: FlushOptions): Promise<void> {
    await Promise.all(
      this.#processors.map(async (processor) => {
        try {
          await processor[method](options);
        } catch (error) {
          this.#report(processor, method, error);
        }
      }),
    );
  }

  #report(processor: SpanProcessor, method: string, error: unknown): void {
    const name = processor.constructor?.name || 'a span processor';
    this.#diagnostics.report(
      'span_processor_failed',
      `${name}.${method}`,
      `${method} of ${name} failed`,
      error,
    );
  }
}
