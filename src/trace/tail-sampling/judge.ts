import type { Clock } from '../../common/clock.js';
import type { Diagnostics, SelfCounter } from '../../common/diagnostics.js';
import type { TailSamplingConfig } from './config.js';
import type { Policy } from './decision.js';
import type { Notes } from './notes.js';
import { compilePolicy } from './policies.js';
import type { TraceBuffer } from './trace-buffer.js';

/**
 * All policies together. A trace is dropped where one of them says so; else kept where one says so; else kept where
 * one with `invert_match` says so and no plain one is against it.
 */
export class Judge {
  readonly #policies: readonly { name: string; policy: Policy; kept: SelfCounter }[];
  readonly #firstMatch: boolean;
  readonly #diagnostics: Diagnostics;

  constructor(config: TailSamplingConfig, notes: Notes, clock: Clock, diagnostics: Diagnostics) {
    this.#diagnostics = diagnostics;
    this.#firstMatch = config.sample_on_first_match ?? false;
    this.#policies = config.policies.map((own) => ({
      name: own.name,
      policy: compilePolicy(own, notes, clock),
      kept: diagnostics.counter(
        'telltale_tail_sampling_policy_matches_total',
        'Traces that a policy of the tail sampling wanted to keep, or for a policy of the kind `drop`, to drop.',
        { policy: own.name },
      ),
    }));
  }

  keeps(trace: TraceBuffer): boolean {
    let sampled = false;
    let invertedSampled = false;
    let notSampled = false;
    let dropped = false;
    for (const { name, policy, kept } of this.#policies) {
      try {
        switch (policy(trace)) {
          case 'sampled':
            sampled = true;
            kept.value++;
            break;
          case 'inverted_sampled':
            invertedSampled = true;
            kept.value++;
            break;
          case 'not_sampled':
            notSampled = true;
            break;
          case 'dropped':
            kept.value++;
            dropped = true;
            break;
          default:
            dropped = true;
        }
      } catch (error) {
        const message = `the policy "${name}" could not judge a trace and was passed over`;
        this.#diagnostics.report('tail_sampling_policy_failed', name, message, error);
      }
      if (dropped || (sampled && this.#firstMatch)) break;
    }
    return !dropped && (sampled || (invertedSampled && !notSampled));
  }
}
