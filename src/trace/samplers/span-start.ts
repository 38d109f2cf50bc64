import type { Attributes, Context, Link, SpanKind } from '@opentelemetry/api';

/** What is known of a span when it starts: what functions of yours are given that help a sampler to decide. */
export interface SpanStart {
  readonly name: string;
  readonly kind: SpanKind;
  /** As the caller gave them: look, do not change. */
  readonly attributes: Readonly<Attributes>;
  readonly links: readonly Link[];
  /** With the parent span, and baggage. */
  readonly context: Context;
}

const NO_ATTRIBUTES: Readonly<Attributes> = /* @__PURE__ */ Object.freeze({});

export function spanStart(
  name: string,
  kind: SpanKind,
  attributes: Attributes | undefined,
  links: Link[] | undefined,
  context: Context,
): SpanStart {
  return { name, kind, attributes: attributes ?? NO_ATTRIBUTES, links: links ?? [], context };
}
