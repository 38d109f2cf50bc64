import type { Context, Span, SpanContext } from '@opentelemetry/api';
import type { Bindings } from './bindings.js';
import type { LevelValue } from './level.js';
import type { Fields } from './line-format.js';
import type { LogCall, LogSource } from './log-call.js';

/**
 * A line on its way through the stages to the sinks. Its fields are the caller's: a stage replaces them, it never
 * changes them.
 */
export class LogDraft implements LogCall {
  now: number;
  readonly level: string;
  readonly value: LevelValue;
  message: string;
  fields: Fields | undefined;
  /** The context that was active at the call. */
  readonly context: Context | undefined;
  /** The span that was current at the call. */
  readonly span: Span | undefined;
  /** The fields of the logger. */
  readonly bindings: Bindings;

  constructor(
    now: number,
    level: string,
    value: LevelValue,
    message: string,
    fields: Fields | undefined,
    context: Context | undefined,
    span: Span | undefined,
    bindings: Bindings,
  ) {
    this.now = now;
    this.level = level;
    this.value = value;
    this.message = message;
    this.fields = fields;
    this.context = context;
    this.span = span;
    this.bindings = bindings;
  }

  get source(): LogSource {
    return this.bindings.source;
  }

  get bound(): ReadonlyMap<string, string> {
    return this.bindings.texts;
  }

  get spanContext(): SpanContext | undefined {
    return this.span?.spanContext();
  }
}
