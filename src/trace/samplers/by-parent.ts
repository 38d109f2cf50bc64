import { type Decision, DROP, type ParentKind, QuickSampler, SAMPLE } from './sampler.js';

/** Looks at nothing but the parent: one decision for each kind of it, in the order of `ParentKind`. */
export class ByParent extends QuickSampler {
  readonly #name: string;
  readonly #decisions: readonly Decision[];

  constructor(name: string, decisions: readonly Decision[]) {
    super();
    this.#name = name;
    this.#decisions = decisions;
  }

  decide(parent: ParentKind): Decision {
    return this.#decisions[parent]!;
  }

  toString(): string {
    return this.#name;
  }
}

/**
 * Samples every span, whatever its parent is. It leaves no mark on them: a span without one counts once. Where
 * back ends should read that from the span, `consistentProbability(1)` writes it there (`ot=th:0`).
 */
export function alwaysOn(): QuickSampler {
  return new ByParent('AlwaysOn', [SAMPLE, SAMPLE, SAMPLE, SAMPLE, SAMPLE]);
}

/** Samples no span; traces are carried on as not sampled. */
export function alwaysOff(): QuickSampler {
  return new ByParent('AlwaysOff', [DROP, DROP, DROP, DROP, DROP]);
}
