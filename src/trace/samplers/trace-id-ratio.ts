import { invalidOption } from '../../common/errors.js';
import type { TraceIdentity } from '../ids.js';
import { type Decision, DROP, type ParentKind, QuickSampler, SAMPLE } from './sampler.js';

class TraceIdRatio extends QuickSampler {
  readonly readsTraceId = true;
  readonly #ratio: number;
  readonly #threshold: number;

  constructor(ratio: number) {
    super();
    this.#ratio = ratio;
    this.#threshold = (1 - ratio) * 2 ** 56;
  }

  decide(_parent: ParentKind, trace: TraceIdentity | undefined): Decision {
    // The last 56 bits of the id; the three that a double cannot hold do not move a decision anybody sees.
    const randomness = (trace!.word2 & 0xffffff) * 0x100000000 + (trace!.word3 >>> 0);
    return randomness >= this.#threshold && this.#ratio > 0 ? SAMPLE : DROP;
  }

  toString(): string {
    return `TraceIdRatio{${this.#ratio}}`;
  }
}

/**
 * Samples the given share of traces, by their ids alone: every service that uses the same ratio keeps the same
 * traces, and one with a higher ratio keeps those and more. The last 56 bits of the id are compared with the
 * rejection threshold of OpenTelemetry's consistent probability sampling.
 *
 * @param ratio from 0 (none) to 1 (all)
 */
export function traceIdRatio(ratio: number): QuickSampler {
  if (typeof ratio !== 'number' || !(ratio >= 0 && ratio <= 1)) {
    throw invalidOption('traceIdRatio', 'ratio', ratio, 'a number from 0 to 1');
  }
  return new TraceIdRatio(ratio);
}
