import { FLAG_SAMPLED } from '../ids.js';
import { checkSampler } from './checks.js';
import { marksOf, unmarked } from './marks.js';
import {
  type Asked,
  askSampler,
  DROP,
  OwnSampler,
  RESULTS,
  SAMPLE,
  type Sampler,
  type SamplingResult,
} from './sampler.js';

class ParentThreshold extends OwnSampler {
  readonly #root: Sampler;

  constructor(root: Sampler) {
    super();
    this.#root = root;
  }

  judge(asked: Asked): SamplingResult {
    const { parent, trace } = asked;
    if (parent === undefined) return askSampler(this.#root, asked);
    const sampled = (parent.flags & FLAG_SAMPLED) !== 0;
    const decision = sampled ? SAMPLE : DROP;
    const state = parent.traceState;
    // A parent of this process was checked when it was decided, or when its own parent was.
    if (state === undefined || (sampled && parent.known?.isRemote !== true)) return RESULTS[decision]!;
    const { threshold, rv } = marksOf(state);
    if (threshold === undefined || (sampled && threshold.keeps(trace, rv))) return RESULTS[decision]!;
    return { decision, traceState: unmarked(state) };
  }

  toString(): string {
    return `ParentThreshold{root=${this.#root}}`;
  }
}

/**
 * Follows the parent, as `parentBased` does, and takes care of its threshold: one that contradicts the parent's
 * sampled flag is not passed on, for counts that were re-weighted by it would be wrong. `root` decides where there
 * is no parent.
 *
 * ```ts
 * parentThreshold(consistentProbability(0.05));
 * ```
 */
export function parentThreshold(root: Sampler): Sampler {
  return new ParentThreshold(checkSampler('parentThreshold', 'root', root));
}
