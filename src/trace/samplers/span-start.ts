import type { Attributes, Context, Link, SpanKind } from '@opentelemetry/api';

/** What is known of a span when it starts: what functions of yours are given that help a sampler to decide. */
export interface SpanStart {
  readonly name: string;
  readonly kind: SpanKind;
  /** As the caller gave them: look, do not change. */
  readonly attributes: Readonly<Attributes>;
  /** Undefined where the caller gave none. */
  readonly links?: readonly Link[] | undefined;
  /** With the parent span, and baggage. */
  readonly context: Context;
}
