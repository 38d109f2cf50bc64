import { checkProbability } from './checks.js';
import { droppedFrom, keptBy, marksOf } from './marks.js';
import { type Asked, DROP, OwnSampler, RESULTS, type Sampler, type SamplingResult } from './sampler.js';
import { Threshold } from './threshold.js';

class ConsistentProbability extends OwnSampler {
  readonly #name: string;
  readonly #threshold: Threshold | undefined;
  /** For traces that begin here, which are most: made once. */
  readonly #kept: SamplingResult;

  constructor(name: string, probability: number) {
    super();
    this.#name = name;
    this.#threshold = Threshold.of(probability);
    this.#kept = this.#threshold === undefined ? RESULTS[DROP]! : keptBy(this.#threshold, undefined);
  }

  judge({ parent, trace }: Asked): SamplingResult {
    const state = parent?.traceState;
    const rv = state === undefined ? undefined : marksOf(state).rv;
    if (!this.#threshold?.keeps(trace, rv)) return droppedFrom(state);
    return state === undefined ? this.#kept : keptBy(this.#threshold, state);
  }

  toString(): string {
    return this.#name;
  }
}

/**
 * Samples the given share of traces, and says so on each that it keeps. Every service and Collector that samples
 * this way agrees: one with a higher probability keeps what one with a lower keeps, and more. The decision
 * compares the trace's randomness, the last 56 bits of its id or an `rv` that travels with it, to a threshold,
 * which goes into the trace state (`ot=th:…`), so that counts can be re-weighted (`adjustedCount`).
 *
 * By itself it decides each span anew whatever its parent was, consistently; as the root of `parentThreshold`,
 * a trace is decided where it begins.
 *
 * ```ts
 * parentThreshold(consistentProbability(0.05));
 * ```
 *
 * Specification: https://opentelemetry.io/docs/specs/otel/trace/tracestate-probability-sampling/
 *
 * @param probability from 0 (none) to 1 (all); rounded to four hexadecimal digits, as OpenTelemetry advises
 */
export function consistentProbability(probability: number): Sampler {
  checkProbability('consistentProbability', 'probability', probability);
  return new ConsistentProbability(`ConsistentProbability{${probability}}`, probability);
}

/**
 * Samples the given share of traces by their ids: OpenTelemetry's `TraceIdRatioBased`, which has become the same
 * as `consistentProbability`.
 *
 * @param ratio from 0 (none) to 1 (all)
 */
export function traceIdRatio(ratio: number): Sampler {
  checkProbability('traceIdRatio', 'ratio', ratio);
  return new ConsistentProbability(`TraceIdRatio{${ratio}}`, ratio);
}
