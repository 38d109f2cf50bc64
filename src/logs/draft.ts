import type { Context, Span, SpanContext } from '@opentelemetry/api';
import type { Bindings } from './bindings.js';
import type { LevelValue } from './level.js';
import type { Fields, GivenRecord, LogSource } from './log-call.js';
import type { LogDraft } from './stage.js';

/** A draft as the logger makes it: one object for all stages and all sinks of a line. */
export class Draft implements LogDraft {
  // Declared, for the constructor gives each its value: made twice they cost a bundle 60 bytes.
  declare now: number;
  declare readonly level: string;
  declare readonly value: LevelValue;
  declare message: string;
  declare fields: Fields | undefined;
  declare readonly context: Context | undefined;
  declare readonly span: Span | undefined;
  /** The fields of the logger. */
  declare readonly bindings: Bindings;
  /** The name of a typed event. */
  declare event: string | undefined;
  line: Buffer | undefined = undefined;
  given: GivenRecord | undefined = undefined;

  constructor(
    now: number,
    level: string,
    value: LevelValue,
    message: string,
    fields: Fields | undefined,
    context: Context | undefined,
    span: Span | undefined,
    bindings: Bindings,
    event?: string,
  ) {
    this.now = now;
    this.level = level;
    this.value = value;
    this.message = message;
    this.fields = fields;
    this.context = context;
    this.span = span;
    this.bindings = bindings;
    this.event = event;
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

  copy(): Draft {
    return Object.assign(Object.create(Draft.prototype) as Draft, this, { line: undefined });
  }
}
