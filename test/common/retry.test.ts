import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RetryableExportError } from '../../src/common/export.js';
import { seededRandom } from '../../src/common/random.js';
import { retryAfterOf, retryDelay, retryPolicy } from '../../src/common/retry.js';

describe('retryPolicy', () => {
  it('has defaults, and false is one attempt', () => {
    expect(retryPolicy('Q', undefined)).toEqual({
      maxAttempts: Infinity,
      initialDelay: 1000,
      maxDelay: 30_000,
      maxElapsed: 300_000,
    });
    expect(retryPolicy('Q', false).maxAttempts).toBe(1);
    expect(retryPolicy('Q', { initialDelay: 60_000 }).maxDelay).toBe(60_000);
  });

  it('names wrong options', () => {
    expect(() => retryPolicy('Q', { maxAttempts: 0 })).toThrow('Q: retry.maxAttempts is 0');
    expect(() => retryPolicy('Q', { attempts: 3 } as never)).toThrow('unknown option "attempts"');
  });
});

describe('retryDelay', () => {
  it('is random up to a bound that doubles up to the largest, and never less than asked for', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5000 }),
        fc.integer(),
        fc.integer({ min: 0, max: 100_000 }),
        (attempt, seed, asked) => {
          const policy = retryPolicy('Q', { initialDelay: 100, maxDelay: 10_000 });
          const delay = retryDelay(policy, attempt, seededRandom(seed), asked);
          const bound = Math.min(10_000, 100 * 2 ** Math.min(attempt - 1, 20));
          expect(delay).toBeGreaterThanOrEqual(asked);
          expect(delay).toBeLessThanOrEqual(Math.max(bound, asked));
        },
      ),
    );
  });

  it('spreads clients that failed together', () => {
    const policy = retryPolicy('Q', undefined);
    const delays = Array.from({ length: 100 }, (_, seed) => retryDelay(policy, 3, seededRandom(seed), 0));
    expect(Math.min(...delays)).toBeLessThan(500);
    expect(Math.max(...delays)).toBeGreaterThan(3500);
    expect(new Set(delays).size).toBe(100);
  });
});

describe('reading errors', () => {
  it('knows what is worth another try, whatever was thrown', () => {
    expect(retryAfterOf(new RetryableExportError('busy'))).toBe(0);
    expect(retryAfterOf(new RetryableExportError('busy', 5000))).toBe(5000);
    expect(retryAfterOf({ retryable: true })).toBe(0);
    for (const wait of [-1, 0, Number.NaN, '5', undefined]) {
      expect(retryAfterOf({ retryable: true, retryAfter: wait })).toBe(0);
    }
    for (const other of [
      new Error('no'),
      { retryable: 'true' },
      { retryAfter: 5 },
      null,
      undefined,
      'text',
    ]) {
      expect(retryAfterOf(other)).toBeUndefined();
    }
    const throwing = new Proxy(
      {},
      {
        get() {
          throw new Error('no');
        },
      },
    );
    expect(retryAfterOf(throwing)).toBeUndefined();
  });
});
