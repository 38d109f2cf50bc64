import { type Decision, DROP, QuickSampler } from './sampler.js';

class AlwaysOff extends QuickSampler {
  readonly readsTraceId = false;

  decide(): Decision {
    return DROP;
  }

  toString(): string {
    return 'AlwaysOff';
  }
}

/** Samples no span; traces are carried on as not sampled. */
export function alwaysOff(): QuickSampler {
  return new AlwaysOff();
}
