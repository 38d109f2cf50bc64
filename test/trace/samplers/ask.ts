import { type Attributes, type Context, ROOT_CONTEXT, type SpanContext, trace } from '@opentelemetry/api';
import fc from 'fast-check';
import type { Sampler, SamplingResult } from '../../../src/trace/index.js';
import { TraceStateList } from '../../../src/trace/propagation/trace-state.js';

export const DROP = 0;
export const RECORD = 1;
export const SAMPLE = 2;

/** Trace ids as property tests want them. */
export const traceIds = fc
  .array(fc.constantFrom(...'0123456789abcdef'), { minLength: 32, maxLength: 32 })
  .map((digits) => digits.join(''))
  .filter((id) => /[1-9a-f]/.test(id));

export interface Asked {
  traceId?: string;
  /** A parent, remote unless told. */
  parent?: Partial<SpanContext>;
  /** The trace state of that parent. */
  state?: string;
  name?: string;
  kind?: number;
  attributes?: Attributes;
  context?: Context;
}

/** What a sampler answers when it is asked as OpenTelemetry's tracers ask. */
export function ask(sampler: Sampler, asked: Asked = {}): SamplingResult {
  const { traceId = 'a'.repeat(32), name = 's', kind = 0, attributes = {}, state } = asked;
  let context = asked.context ?? ROOT_CONTEXT;
  if (asked.parent !== undefined || state !== undefined) {
    const traceState = state === undefined ? {} : { traceState: TraceStateList.parse(state)! };
    const parent = { traceId, spanId: 'b'.repeat(16), traceFlags: 1, isRemote: true, ...traceState };
    context = trace.setSpanContext(context, { ...parent, ...asked.parent });
  }
  return sampler.shouldSample(context, traceId, name, kind, attributes, []);
}

/** The trace state of the answer as text. */
export function stateOf(result: SamplingResult): string | undefined {
  return result.traceState?.serialize();
}
