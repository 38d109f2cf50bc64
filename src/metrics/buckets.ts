import { invalidOption } from '../common/errors.js';
import { checkInteger, checkNumber } from '../common/options.js';

/** prom-client's and Go's default: made for the latency, in seconds, of a network service. */
export const DEFAULT_BUCKETS: readonly number[] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** `count` upper bounds from `start` on, each `width` above the one before. */
export function linearBuckets(start: number, width: number, count: number): number[] {
  checkNumber('linearBuckets', 'start', start, 0, { min: -Number.MAX_VALUE, max: Number.MAX_VALUE });
  checkNumber('linearBuckets', 'width', width, 0, { min: Number.MIN_VALUE, max: Number.MAX_VALUE });
  checkInteger('linearBuckets', 'count', count, 0, { min: 1, max: MAX_BUCKETS });
  return Array.from({ length: count }, (_, i) => start + i * width);
}

/** `count` upper bounds from `start` on, each `factor` times the one before. */
export function exponentialBuckets(start: number, factor: number, count: number): number[] {
  checkNumber('exponentialBuckets', 'start', start, 0, { min: Number.MIN_VALUE, max: Number.MAX_VALUE });
  checkNumber('exponentialBuckets', 'factor', factor, 0, { min: 1 + Number.EPSILON, max: Number.MAX_VALUE });
  checkInteger('exponentialBuckets', 'count', count, 0, { min: 1, max: MAX_BUCKETS });
  return Array.from({ length: count }, (_, i) => start * factor ** i);
}

/** The upper bounds of a histogram, checked; a last `Infinity` is dropped, for every histogram has that one. */
export function checkBuckets(owner: string, given: readonly number[] | undefined): readonly number[] {
  if (given === undefined) return DEFAULT_BUCKETS;
  const accepted = `an array of up to ${MAX_BUCKETS} numbers, each greater than the one before`;
  if (!Array.isArray(given)) throw invalidOption(owner, 'buckets', given, accepted);
  const buckets = given.at(-1) === Infinity ? given.slice(0, -1) : [...given];
  if (buckets.length > MAX_BUCKETS) throw invalidOption(owner, 'buckets', given, accepted);
  for (const [i, bound] of buckets.entries()) {
    if (!Number.isFinite(bound) || (i > 0 && bound <= buckets[i - 1]!)) {
      throw invalidOption(owner, `buckets[${i}]`, bound, accepted);
    }
  }
  return buckets;
}

const MAX_BUCKETS = 1000;
