import { type Decision, QuickSampler, SAMPLE } from './sampler.js';

class AlwaysOn extends QuickSampler {
  readonly readsTraceId = false;

  decide(): Decision {
    return SAMPLE;
  }

  toString(): string {
    return 'AlwaysOn';
  }
}

/** Samples every span, whatever its parent is. */
export function alwaysOn(): QuickSampler {
  return new AlwaysOn();
}
