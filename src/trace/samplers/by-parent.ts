import {
  type Asked,
  type Decision,
  DROP,
  OwnSampler,
  type ParentKind,
  parentKind,
  RESULTS,
  SAMPLE,
  type SamplingResult,
} from './sampler.js';

/**
 * One decision for each kind of parent, in the order of `ParentKind`. Where there is none, the trace's id decides: a
 * share of the traces is kept, by the last 56 bits of their ids, and says its probability.
 */
export class ByParent extends OwnSampler {
  readonly #name: string;
  readonly #decisions: readonly (Decision | undefined)[];
  readonly #share: number;
  readonly #kept: SamplingResult;

  constructor(name: string, decisions: readonly (Decision | undefined)[], share = 1) {
    super();
    this.#name = name;
    this.#decisions = decisions;
    this.#share = share;
    this.#kept = { decision: SAMPLE, attributes: { 'sampling.probability': share } };
  }

  override decide(parent: ParentKind): Decision | undefined {
    return this.#decisions[parent];
  }

  judge({ parent, trace }: Asked): SamplingResult {
    const decision = this.decide(parentKind(parent));
    if (decision !== undefined) return RESULTS[decision]!;
    // Of the 56 bits a double holds 53, which is near enough for a ratio.
    const value =
      trace.text === undefined
        ? (trace.word2 & 0xffffff) * 2 ** 32 + (trace.word3 >>> 0)
        : Number.parseInt(trace.text.slice(18), 16);
    return this.#share > 0 && value >= (1 - this.#share) * 2 ** 56 ? this.#kept : RESULTS[DROP]!;
  }

  toString(): string {
    return this.#name;
  }
}

/**
 * Samples every span, whatever its parent is. It leaves no mark on them: a span without one counts once. Where
 * back ends should read that from the span, `consistentProbability(1)` writes it there (`ot=th:0`).
 */
export function alwaysOn(): OwnSampler {
  return new ByParent('AlwaysOn', [SAMPLE, SAMPLE, SAMPLE, SAMPLE, SAMPLE]);
}

/** Samples no span; traces are carried on as not sampled. */
export function alwaysOff(): OwnSampler {
  return new ByParent('AlwaysOff', [DROP, DROP, DROP, DROP, DROP]);
}
