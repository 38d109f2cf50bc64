import { invalidOption } from '../common/errors.js';
import { checkArray, checkInteger, checkNumber } from '../common/options.js';

/** prom-client's and Go's default: made for the latency, in seconds, of a network service. */
export const DEFAULT_BUCKETS: readonly number[] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Buckets of one histogram at most, and percentiles of one summary. */
export const MAX_BUCKETS = 1000;

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

/** A copy of finite numbers that are each greater than the one before. */
export function checkAscending(owner: string, option: string, given: readonly number[]): readonly number[] {
  let last = -Infinity;
  checkArray(owner, option, given, (value, path) => {
    if (!Number.isFinite(value) || value <= last || given.length > MAX_BUCKETS) {
      throw invalidOption(
        owner,
        path,
        value,
        `up to ${MAX_BUCKETS} finite numbers, each greater than the one before`,
      );
    }
    last = value;
  });
  return [...given];
}
