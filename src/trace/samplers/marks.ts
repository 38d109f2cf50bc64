import type { Attributes, TraceState } from '@opentelemetry/api';
import { TraceStateList } from '../propagation/trace-state.js';
import { DROP, RESULTS, SAMPLE, type SamplingResult } from './sampler.js';
import { Threshold } from './threshold.js';

/**
 * How a decision's probability is written on a span, and read again.
 *
 * - In the trace state, which children and the next services inherit and OTLP carries: as the threshold of
 *   OpenTelemetry's consistent sampling, `ot=th:…`, where the decision was one; for a rate limit, which no
 *   threshold can say without misleading others, as `telltale=p:…`.
 * - As the attribute `sampling.probability` on the span that was decided, where people and back ends that do
 *   not look into trace states see it.
 */
const OT = 'ot';
const OWN = 'telltale';
/** Longer ones are not to be written, says OpenTelemetry. */
const MAX_LENGTH = 256;

/** Of the span whose start was decided: how likely such a span is kept, more than 0 and at most 1. */
export const PROBABILITY_ATTRIBUTE = 'sampling.probability';

/** What a trace state says of sampling. */
export interface Marks {
  readonly threshold: Threshold | undefined;
  /** Explicit randomness of the trace: 14 hexadecimal digits. */
  readonly rv: string | undefined;
  /** The probability of a decision that has no threshold. */
  readonly probability: number | undefined;
}

const NONE: Marks = { threshold: undefined, rv: undefined, probability: undefined };

export function marksOf(state: TraceState | undefined): Marks {
  const ot = state?.get(OT);
  const own = state?.get(OWN);
  if (ot === undefined && own === undefined) return NONE;
  const rv = field(ot, 'rv');
  const probability = Number(field(own, 'p') ?? Number.NaN);
  return {
    threshold: Threshold.parse(field(ot, 'th')),
    rv: rv !== undefined && /^[0-9a-fA-F]{14}$/.test(rv) ? rv : undefined,
    probability: probability > 0 && probability <= 1 ? probability : undefined,
  };
}

/** The result for a trace that was kept by its threshold. */
export function keptBy(threshold: Threshold, state: TraceState | undefined): SamplingResult {
  return {
    decision: SAMPLE,
    attributes: probabilityAttributes(threshold.probability),
    traceState: marked(state, threshold.text, undefined),
  };
}

/** The result for a trace that was kept with an estimated probability. */
export function keptWith(probability: number, state: TraceState | undefined): SamplingResult {
  return {
    decision: SAMPLE,
    attributes: probabilityAttributes(probability),
    traceState: marked(state, undefined, probability),
  };
}

/** The result for a span that is not kept: what an earlier decision wrote into the trace state is taken out. */
export function droppedFrom(state: TraceState | undefined): SamplingResult {
  const traceState = state === undefined ? undefined : unmarked(state);
  return traceState === state ? RESULTS[DROP]! : { decision: DROP, traceState: traceState! };
}

/** The trace state without what an earlier decision wrote there; itself where that wrote nothing. */
export function unmarked(state: TraceState): TraceState {
  return marked(state, undefined, undefined);
}

function marked(
  given: TraceState | undefined,
  threshold: string | undefined,
  probability: number | undefined,
): TraceState {
  let state = given ?? new TraceStateList(new Map());
  const before = state.get(OT);
  if (before !== undefined || threshold !== undefined) {
    const kept = before?.split(';').filter((part) => part !== '' && !part.startsWith('th:')) ?? [];
    if (threshold !== undefined) kept.unshift(`th:${threshold}`);
    const after = kept.join(';');
    if (after === '' || after.length > MAX_LENGTH) state = state.unset(OT);
    else if (after !== before) state = state.set(OT, after);
  }
  if (probability !== undefined) return state.set(OWN, `p:${Number(probability.toPrecision(6))}`);
  return state.get(OWN) === undefined ? state : state.unset(OWN);
}

function probabilityAttributes(probability: number): Attributes {
  return { [PROBABILITY_ATTRIBUTE]: probability };
}

function field(entry: string | undefined, key: string): string | undefined {
  if (entry === undefined || entry.length > MAX_LENGTH) return undefined;
  for (const part of entry.split(';')) {
    if (part.startsWith(key) && part.charCodeAt(key.length) === 58) return part.slice(key.length + 1);
  }
  return undefined;
}
