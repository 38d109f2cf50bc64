import type {
  Attributes,
  Context,
  HrTime,
  Link,
  Span,
  SpanContext,
  SpanKind,
  SpanStatus,
} from '@opentelemetry/api';
import type { Exportable, ExportResult, FlushOptions } from '../common/export.js';

/**
 * The interfaces of OpenTelemetry's trace SDK, written down here so that telltale needs none of its packages
 * at run time and works with both lines of them (2.x and 3.x). Type tests prove them interchangeable with the
 * originals, in both directions.
 *
 * Specification: https://opentelemetry.io/docs/specs/otel/trace/sdk/
 */

/** An event of a span: a moment, a name, attributes. */
export interface TimedEvent {
  time: HrTime;
  name: string;
  attributes?: Attributes;
  droppedAttributesCount?: number;
}

/** A span as exporters read it. Times are `[seconds, nanoseconds]` since the Unix epoch. */
export interface ReadableSpan extends Exportable {
  readonly name: string;
  readonly kind: SpanKind;
  spanContext(): SpanContext;
  readonly parentSpanContext?: SpanContext;
  readonly startTime: HrTime;
  readonly endTime: HrTime;
  readonly status: SpanStatus;
  readonly attributes: Attributes;
  readonly links: Link[];
  readonly events: TimedEvent[];
  readonly duration: HrTime;
  readonly ended: boolean;
  readonly droppedAttributesCount: number;
  readonly droppedEventsCount: number;
  readonly droppedLinksCount: number;
}

/** A span as processors see it: it can be written to until it has ended. */
export interface ReadWriteSpan extends Span, ReadableSpan {}

/** Told of every recording span at its start and its end, in the caller's own call: it must be quick. */
export interface SpanProcessor {
  onStart(span: ReadWriteSpan, parentContext: Context): void;
  /** The last moment at which the span can be changed. */
  onEnding?(span: ReadWriteSpan): void;
  onEnd(span: ReadableSpan): void;
  forceFlush(options?: FlushOptions): Promise<void>;
  shutdown(options?: FlushOptions): Promise<void>;
}

/**
 * Sends finished spans somewhere. Behind a `BatchSpanProcessor`, `export` is not called again before the last
 * call was answered (unless `maxInFlight` allows it); a `SimpleSpanProcessor` does not wait.
 */
export interface SpanExporter {
  export(spans: ReadableSpan[], resultCallback: (result: ExportResult) => void): void;
  forceFlush?(): Promise<void>;
  shutdown(): Promise<void>;
}
