import { checkInteger, checkNumber, checkOptions } from './options.js';
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
  const known = ['maxAttempts', 'initialDelay', 'maxDelay', 'maxElapsed'] as const;
  const options = checkOptions(`${owner}: retry`, given === false ? { maxAttempts: 1 } : given, known);
  const initialDelay = checkNumber(owner, 'retry.initialDelay', options.initialDelay, 1000, { min: 0 });
  return {
    maxAttempts: checkInteger(owner, 'retry.maxAttempts', options.maxAttempts, Infinity, { min: 1 }),
    initialDelay,
    maxDelay: checkNumber(owner, 'retry.maxDelay', options.maxDelay, Math.max(30_000, initialDelay), {
      min: initialDelay,
    }),
    maxElapsed: checkNumber(owner, 'retry.maxElapsed', options.maxElapsed, 300_000, { min: 0 }),
  };
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
  retryAfter: number | undefined,
): number {
  const ceiling = Math.min(policy.maxDelay, policy.initialDelay * 2 ** Math.min(attempt - 1, 60));
  return Math.max(random.float() * ceiling, retryAfter ?? 0);
}

/** Whether another attempt may help; whatever was thrown and whatever reading it does. */
export function isRetryable(error: unknown): boolean {
  try {
    return (error as { retryable?: unknown } | null | undefined)?.retryable === true;
  } catch {
    return false;
  }
}

/** Milliseconds that the back end asked for, or `undefined`. Never throws. */
export function retryAfterOf(error: unknown): number | undefined {
  try {
    const wait = (error as { retryAfter?: unknown } | null | undefined)?.retryAfter;
    return typeof wait === 'number' && wait > 0 ? wait : undefined;
  } catch {
    return undefined;
  }
}
