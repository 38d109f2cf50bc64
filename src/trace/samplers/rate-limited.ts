import { type Clock, systemClock } from '../../common/clock.js';
import { checkMethods, checkNumber, checkOptions } from '../../common/options.js';
import { alwaysOff } from './by-parent.js';
import { checkProbability, checkRate } from './checks.js';
import { droppedFrom, keptWith, marksOf } from './marks.js';
import { type Asked, OwnSampler, type Sampler, type SamplingResult } from './sampler.js';
import { Threshold } from './threshold.js';
import { TokenBucket } from './token-bucket.js';

export interface RateLimitedOptions {
  /** Traces that may be sampled at once after a quiet time. Default: what `perSecond` allows, at least 1. */
  burst?: number;
  clock?: Clock;
}

/** Keeps what a threshold keeps (where there is one), as far as a bucket has tokens for it. */
class RateLimited extends OwnSampler {
  readonly #name: string;
  readonly #bucket: TokenBucket;
  readonly #threshold: Threshold | undefined;
  /** Traces that the threshold kept and the bucket did not, since the bucket last kept one. */
  #refused = 0;

  constructor(name: string, bucket: TokenBucket, threshold: Threshold | undefined) {
    super();
    this.#name = name;
    this.#bucket = bucket;
    this.#threshold = threshold;
  }

  judge({ parent, trace }: Asked): SamplingResult {
    const state = parent?.traceState;
    const threshold = this.#threshold;
    if (threshold !== undefined && !threshold.keeps(trace, marksOf(state).rv)) return droppedFrom(state);
    if (!this.#bucket.take()) {
      this.#refused++;
      return droppedFrom(state);
    }
    const standsFor = this.#refused + 1;
    this.#refused = 0;
    return keptWith((threshold?.probability ?? 1) / standsFor, state);
  }

  toString(): string {
    return this.#name;
  }
}

/**
 * Samples at most so many traces a second, by a token bucket that starts full. Use it as the root of
 * `parentBased`, so that it counts traces and not spans.
 *
 * Each trace that is kept stands for itself and for those that were refused since the one before it; the inverse
 * of that number is the probability that is written on it (`samplingProbability`), so that counts add up.
 *
 * ```ts
 * parentBased(rateLimited(100));
 * ```
 *
 * @param perSecond traces a second, at least 0; fractions are fine
 */
export function rateLimited(perSecond: number, options: RateLimitedOptions = {}): Sampler {
  const bucket = bucketOf('rateLimited', perSecond, options);
  return bucket === undefined
    ? alwaysOff()
    : new RateLimited(`RateLimited{${bucket.text}}`, bucket.bucket, undefined);
}

/**
 * Samples the given share of traces, consistently as `consistentProbability` does, and of those at most so many a
 * second: cheap in quiet hours, bounded in busy ones. Use it as the root of `parentBased`.
 *
 * ```ts
 * parentBased(limitedProbability(0.1, 50)); // a tenth, and never more than 50 a second
 * ```
 *
 * @param probability from 0 (none) to 1 (all)
 * @param perSecond traces a second, at least 0; fractions are fine
 */
export function limitedProbability(
  probability: number,
  perSecond: number,
  options: RateLimitedOptions = {},
): Sampler {
  const owner = 'limitedProbability';
  checkProbability(owner, 'probability', probability);
  const bucket = bucketOf(owner, perSecond, options);
  const threshold = Threshold.of(probability);
  return bucket === undefined || threshold === undefined
    ? alwaysOff()
    : new RateLimited(`LimitedProbability{${probability}, ${bucket.text}}`, bucket.bucket, threshold);
}

function bucketOf(
  owner: string,
  perSecond: number,
  options: RateLimitedOptions,
): { bucket: TokenBucket; text: string } | undefined {
  checkOptions(owner, options, ['burst', 'clock']);
  checkRate(owner, 'perSecond', perSecond);
  const burst = checkNumber(owner, 'burst', options.burst, Math.max(1, perSecond), {
    min: 1,
    max: Number.MAX_VALUE,
  });
  const clock = checkMethods(owner, 'clock', options.clock ?? systemClock, ['monotonic']);
  if (perSecond === 0 && options.burst === undefined) return undefined;
  return { bucket: new TokenBucket(perSecond, burst, clock), text: `${perSecond}/s, burst ${burst}` };
}
