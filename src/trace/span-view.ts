import type { Attributes, HrTime, Link, SpanContext, SpanKind, SpanStatus } from '@opentelemetry/api';
import type { InstrumentationScope } from '../common/export.js';
import type { Resource } from '../common/resource.js';
import { plainSpan } from './plain-span.js';
import type { ReadableSpan, TimedEvent } from './readable-span.js';

/** What a view shows differently from its span. */
export interface SpanChanges {
  readonly attributes?: Attributes;
  readonly events?: TimedEvent[];
  readonly links?: Link[];
  readonly name?: string;
  readonly status?: SpanStatus;
}

/** A finished span with some of it replaced; the span itself stays as it is for everybody else. */
export class SpanView implements ReadableSpan {
  readonly #span: ReadableSpan;
  readonly #changes: SpanChanges;

  constructor(span: ReadableSpan, changes: SpanChanges) {
    this.#span = span;
    this.#changes = changes;
  }

  spanContext(): SpanContext {
    return this.#span.spanContext();
  }

  get name(): string {
    return this.#changes.name ?? this.#span.name;
  }

  get attributes(): Attributes {
    return this.#changes.attributes ?? this.#span.attributes;
  }

  get events(): TimedEvent[] {
    return this.#changes.events ?? this.#span.events;
  }

  get links(): Link[] {
    return this.#changes.links ?? this.#span.links;
  }

  get status(): SpanStatus {
    return this.#changes.status ?? this.#span.status;
  }

  get kind(): SpanKind {
    return this.#span.kind;
  }

  get parentSpanContext(): SpanContext | undefined {
    return this.#span.parentSpanContext;
  }

  get startTime(): HrTime {
    return this.#span.startTime;
  }

  get endTime(): HrTime {
    return this.#span.endTime;
  }

  get duration(): HrTime {
    return this.#span.duration;
  }

  get ended(): boolean {
    return this.#span.ended;
  }

  get resource(): Resource {
    return this.#span.resource;
  }

  get instrumentationScope(): InstrumentationScope {
    return this.#span.instrumentationScope;
  }

  get droppedAttributesCount(): number {
    return this.#span.droppedAttributesCount;
  }

  get droppedEventsCount(): number {
    return this.#span.droppedEventsCount;
  }

  get droppedLinksCount(): number {
    return this.#span.droppedLinksCount;
  }

  toJSON(): Record<string, unknown> {
    return plainSpan(this);
  }
}
