import { checkNumbers } from './number-table.js';
import { checkOptions } from './options.js';
import type { RandomSource } from './random.js';

/** How often and for how long a failed export is tried again. */
export interface RetryOptions {
  /** Tries in all, the first included; 1 means never again. Default: no limit but `maxElapsed`. */
  maxAttempts?: number;
  /** Milliseconds; the first pause is a random part of this. Default 1,000. */
  initialDelay?: number;
  /** Milliseconds; pauses double up to this. Default 30,000. */
  maxDelay?: number;
  /** Milliseconds after the first failure at which a batch is given up. Default 300,000 (five minutes). */
  maxElapsed?: number;
}

export type RetryPolicy = Readonly<Required<RetryOptions>>;

/** The options with their defaults; `false` is one attempt and no other. */
export function retryPolicy(owner: string, given: RetryOptions | false | undefined): RetryPolicy {
  const options = given === false ? { maxAttempts: 1 } : (given ?? {});
  const { initialDelay = 1000 } = options;
  const table = {
    maxAttempts: [Infinity, 1, true],
    initialDelay: [1000, 0],
    maxDelay: [Math.max(30_000, initialDelay), initialDelay],
    maxElapsed: [300_000, 0],
  } as const;
  checkOptions(`${owner}: retry`, options, Object.keys(table) as (keyof RetryOptions)[]);
  return checkNumbers(owner, 'retry.', options, table);
}

/**
 * Milliseconds to wait after attempt number `attempt` (from 1) failed: exponential backoff with full jitter,
 * which spreads clients best (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/), and
 * never less than the back end asked for.
 */
export function retryDelay(
  policy: RetryPolicy,
  attempt: number,
  random: RandomSource,
  asked: number,
): number {
  const ceiling = Math.min(policy.maxDelay, policy.initialDelay * 2 ** Math.min(attempt - 1, 60));
  return Math.max(random.float() * ceiling, asked);
}

/**
 * Milliseconds that the back end asked to be left alone after this error, 0 where it did not; `undefined` where
 * another attempt cannot help. Never throws, whatever was thrown and whatever reading it does.
 */
export function retryAfterOf(error: unknown): number | undefined {
  try {
    const { retryable, retryAfter } = error as { retryable?: unknown; retryAfter?: unknown };
    if (retryable === true) return typeof retryAfter === 'number' && retryAfter > 0 ? retryAfter : 0;
  } catch {}
  return undefined;
}

/** Of so many items, those that an error says were delivered all the same. Never throws. */
export function deliveredOf(error: unknown, items: number): number {
  try {
    const delivered = Math.floor(Number((error as { delivered?: unknown }).delivered));
    if (delivered > 0) return Math.min(delivered, items);
  } catch {}
  return 0;
}
