import { type Clock, systemClock } from '../../common/clock.js';
import { invalidOption } from '../../common/errors.js';
import { checkNumber, checkOptions } from '../../common/options.js';
import { alwaysOff } from './by-parent.js';
import { type Decision, DROP, QuickSampler, SAMPLE } from './sampler.js';

export interface RateLimitedOptions {
  /** Traces that may be sampled at once after a quiet time. Default: what `perSecond` allows, at least 1. */
  burst?: number;
  clock?: Clock;
}

class RateLimited extends QuickSampler {
  readonly readsTraceId = false;
  readonly #perSecond: number;
  readonly #burst: number;
  readonly #clock: Clock;
  #tokens: number;
  #filledAt: number;

  constructor(perSecond: number, burst: number, clock: Clock) {
    super();
    this.#perSecond = perSecond;
    this.#burst = burst;
    this.#clock = clock;
    this.#tokens = burst;
    this.#filledAt = clock.monotonic();
  }

  decide(): Decision {
    const now = this.#clock.monotonic();
    const gained = ((now - this.#filledAt) * this.#perSecond) / 1000;
    this.#filledAt = now;
    this.#tokens = Math.min(this.#burst, this.#tokens + gained);
    if (this.#tokens < 1) return DROP;
    this.#tokens -= 1;
    return SAMPLE;
  }

  toString(): string {
    return `RateLimited{${this.#perSecond}/s, burst ${this.#burst}}`;
  }
}

/**
 * Samples at most so many traces a second, by a token bucket that starts full. Use it as the root of
 * `parentBased`, so that it counts traces and not spans.
 *
 * ```ts
 * parentBased(rateLimited(100));
 * ```
 *
 * @param perSecond traces a second, at least 0; fractions are fine
 */
export function rateLimited(perSecond: number, options: RateLimitedOptions = {}): QuickSampler {
  checkOptions('rateLimited', options, ['burst', 'clock']);
  if (typeof perSecond !== 'number' || !(perSecond >= 0 && perSecond < Infinity)) {
    throw invalidOption('rateLimited', 'perSecond', perSecond, 'a number of at least 0');
  }
  const burst = checkNumber('rateLimited', 'burst', options.burst, Math.max(1, perSecond), {
    min: 1,
    max: Number.MAX_VALUE,
  });
  if (perSecond === 0 && options.burst === undefined) return alwaysOff();
  return new RateLimited(perSecond, burst, options.clock ?? systemClock);
}
