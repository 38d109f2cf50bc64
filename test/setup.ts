import type * as FastCheck from 'fast-check';
import { vi } from 'vitest';

/**
 * Runs before each test file and makes its properties repeat: one seed for all, unless `FUZZ_SEED` names another.
 * `npm run fuzz` looks for new counterexamples; it sets `FUZZ_SEEDS` too, and each property then holds under that
 * many seeds, one after the other, rather than for more values of one seed: fast-check begins every seed with small
 * and odd values, where most counterexamples are.
 */
const FIRST_SEED = Number(process.env.FUZZ_SEED ?? 20_260_101);
const SEEDS = Number(process.env.FUZZ_SEEDS ?? 1);

/**
 * How long one property may take, in milliseconds, most of which is for making a counterexample smaller: it is told
 * of as it is by then. Longer than any takes on a busy machine, and shorter than the time limit of a test, which
 * cannot interrupt what is synchronous and names no counterexample. A property that was not through by then has
 * failed, not passed.
 */
const TIME_LIMIT = 60_000;

// As a mock, so that only the files that have properties load fast-check.
vi.mock('fast-check', async (original) => {
  const { default: fc, ...names } = await original<typeof FastCheck>();
  fc.configureGlobal({ seed: FIRST_SEED });
  fc.installGlobalPlugin(fc.interruptAfterTimeLimit(TIME_LIMIT, { failOnInterrupt: true }));

  function assertUnderEachSeed<T>(property: FastCheck.IRawProperty<T>, params?: FastCheck.Parameters<T>) {
    const under = (i: number) => fc.assert(property, { ...params, seed: FIRST_SEED + i });
    if (!property.isAsync()) {
      for (let i = 0; i < SEEDS; i++) under(i);
      return;
    }
    return (async () => {
      for (let i = 0; i < SEEDS; i++) await under(i);
    })();
  }

  const assert = SEEDS > 1 ? assertUnderEachSeed : fc.assert;
  return { ...names, assert, default: { ...fc, assert } };
});
