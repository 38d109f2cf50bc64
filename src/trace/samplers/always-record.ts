import { checkSampler } from './checks.js';
import {
  type Asked,
  askSampler,
  DROP,
  OwnSampler,
  RECORD,
  RESULTS,
  type Sampler,
  type SamplingResult,
} from './sampler.js';

class AlwaysRecord extends OwnSampler {
  readonly #sampler: Sampler;

  constructor(sampler: Sampler) {
    super();
    this.#sampler = sampler;
  }

  judge(asked: Asked): SamplingResult {
    const result = askSampler(this.#sampler, asked);
    if (result.decision !== DROP) return result;
    return result === RESULTS[DROP] ? RESULTS[RECORD]! : { ...result, decision: RECORD };
  }

  toString(): string {
    return `AlwaysRecord{${this.#sampler}}`;
  }
}

/**
 * Records every span, for processors that make metrics of spans, and samples what the given sampler samples.
 * Exporters see the sampled spans only, as ever.
 *
 * ```ts
 * alwaysRecord(parentBased(traceIdRatio(0.01))); // metrics of all requests, traces of one in a hundred
 * ```
 */
export function alwaysRecord(sampler: Sampler): Sampler {
  return new AlwaysRecord(checkSampler('alwaysRecord', 'sampler', sampler));
}
