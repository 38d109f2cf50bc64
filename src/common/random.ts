/** Where telltale gets its chance from: ids, sampling decisions, jitter. */
export interface RandomSource {
  /** A whole number, uniform over the 32-bit signed range. V8 keeps these without allocating. */
  int32(): number;
  /** A number, uniform over [0, 1). */
  float(): number;
}

/** Words drawn from the operating system at a time: one call for 4,096 trace ids, and 64 KiB kept. */
const POOL_WORDS = 16384;

/**
 * Chance from the operating system's generator, drawn in bulk. `Math.random` is not used for ids: it is seeded
 * once a process, so snapshots that are started many times (and some forks) repeat its numbers.
 */
export function cryptoRandom(): RandomSource {
  let pool: Int32Array | undefined;
  let next = POOL_WORDS;
  function int32(): number {
    if (next === POOL_WORDS) {
      pool ??= new Int32Array(POOL_WORDS);
      // The global loads `node:crypto` at its first use, and so not when telltale is imported, which takes 4 ms.
      globalThis.crypto.getRandomValues(pool);
      next = 0;
    }
    return pool![next++]!;
  }
  // One word is fine enough for sampling and jitter, and half the work of two.
  return { int32, float: () => (int32() >>> 0) / 2 ** 32 };
}

/**
 * Chance that repeats: the same seed gives the same numbers. For tests and simulations, never for ids in
 * production. The generator is `sfc32` of the PractRand suite.
 */
export function seededRandom(seed: number): RandomSource {
  let a = seed | 0;
  let b = ~seed | 0;
  let c = 0x9e3779b9 | 0;
  let counter = 1;
  function int32(): number {
    const result = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + result) | 0;
    return result;
  }
  for (let i = 0; i < 15; i++) int32();
  return { int32, float: () => toFloat(int32(), int32()) };
}

/** 53 random bits as a fraction: every double of [0, 1) on a grid of 2^-53, each equally likely. */
function toFloat(high: number, low: number): number {
  return ((high >>> 5) * 0x4000000 + (low >>> 6)) / 0x20000000000000;
}
