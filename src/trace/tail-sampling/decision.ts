import type { TraceBuffer } from './trace-buffer.js';

/**
 * What a policy says. The inverted ones come from `invert_match`: *not to be kept* then weighs more than another
 * policy's *to be kept*.
 */
export type Verdict = 'sampled' | 'not_sampled' | 'inverted_sampled' | 'inverted_not_sampled' | 'dropped';

/** A policy at work. May throw: then it has nothing to say. */
export type Policy = (trace: TraceBuffer) => Verdict;

export function verdict(sampled: boolean): Verdict {
  return sampled ? 'sampled' : 'not_sampled';
}

export function isSampled(own: Verdict): boolean {
  return own === 'sampled' || own === 'inverted_sampled';
}
