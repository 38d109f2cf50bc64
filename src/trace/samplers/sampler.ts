import type { Attributes, Context, Link, SpanKind, TraceState } from '@opentelemetry/api';
import { cleanAttributes } from '../../common/attributes.js';
import { spanOf } from '../../common/context.js';
import { FLAG_SAMPLED, TraceIdentity } from '../ids.js';
import type { OwnSpan } from '../own-span.js';
import { ownSpan } from '../silent-span.js';
import type { SpanStart } from './span-start.js';

/** The span is not recorded; its trace is carried on as not sampled. */
export const DROP = 0;
/** The span is recorded for processors of this process, but neither it nor its trace counts as sampled. */
export const RECORD = 1;
/** The span is recorded and sampled. */
export const SAMPLE = 2;

/** The numbers of OpenTelemetry's `SamplingDecision`. */
export type Decision = typeof DROP | typeof RECORD | typeof SAMPLE;

export interface SamplingResult {
  decision: number;
  /** Set on the span, over those given at its start. */
  attributes?: Readonly<Attributes>;
  /** Replaces the trace state that came from the parent. */
  traceState?: TraceState;
}

/**
 * Decides which spans are recorded: OpenTelemetry's interface, so samplers of other libraries fit.
 *
 * Specification: https://opentelemetry.io/docs/specs/otel/trace/sdk/#sampler
 */
export interface Sampler {
  shouldSample(
    context: Context,
    traceId: string,
    spanName: string,
    spanKind: SpanKind,
    attributes: Attributes,
    links: Link[],
  ): SamplingResult;
  toString(): string;
}

/** What a span's parent is: 0 none; 1 of this process and sampled, 2 not; 3 of another and sampled, 4 not. */
export type ParentKind = 0 | 1 | 2 | 3 | 4;

/** What the tracer tells a sampler of telltale's: attributes and links as they were given, which may be anything. */
export interface Asked extends SpanStart {
  readonly parent: OwnSpan | undefined;
  readonly trace: TraceIdentity;
}

/**
 * A sampler of telltale's. The tracer asks `judge`, which takes the trace and the parent as telltale has them
 * and the attributes as they were given: no id is written as text and no attribute copied. Other libraries
 * call `shouldSample` as ever.
 */
export abstract class OwnSampler implements Sampler {
  /**
   * @internal
   * The decision, where what the parent was is enough for it. The tracer asks this first, and draws no id for it: an
   * unsampled span costs 17 ns, by way of `shouldSample` it costs 200 ns.
   */
  decide(_parent: ParentKind): Decision | undefined {
    return undefined;
  }

  /** @internal */
  abstract judge(asked: Asked): SamplingResult;

  abstract toString(): string;

  shouldSample(
    context: Context,
    traceId: string,
    spanName: string,
    spanKind: SpanKind,
    attributes: Attributes,
    links: Link[],
  ): SamplingResult {
    const parent = ownSpan(spanOf(context));
    const trace = TraceIdentity.ofHex(traceId);
    return this.judge({ name: spanName, kind: spanKind, attributes, links, context, parent, trace });
  }
}

/** One result for each decision that says nothing more, made once. */
export const RESULTS: readonly SamplingResult[] = [
  { decision: DROP },
  { decision: RECORD },
  { decision: SAMPLE },
];

/** Asks any sampler, telltale's own by the way that costs less. */
export function askSampler(sampler: Sampler, asked: Asked): SamplingResult {
  if (sampler instanceof OwnSampler) return sampler.judge(asked);
  const { context, trace, name, kind, attributes, links } = asked;
  const given = (links ?? []) as Link[];
  return sampler.shouldSample(context, trace.hex, name, kind, cleanAttributes(attributes), given);
}

export function parentKind(parent: OwnSpan | undefined): ParentKind {
  if (parent === undefined) return 0;
  const sampled = (parent.flags & FLAG_SAMPLED) !== 0;
  if (parent.known?.isRemote === true) return sampled ? 3 : 4;
  return sampled ? 1 : 2;
}
