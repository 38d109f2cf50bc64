import type { RandomSource } from '../common/random.js';

/** A number of the standard normal distribution, by the polar method. */
function normal(random: RandomSource): number {
  for (;;) {
    const x = 2 * random.float() - 1;
    const y = 2 * random.float() - 1;
    const square = x * x + y * y;
    if (square > 0 && square < 1) return x * Math.sqrt((-2 * Math.log(square)) / square);
  }
}

/**
 * A number of the gamma distribution with scale 1.
 *
 * Paper: "A simple method for generating gamma variables", ACM Transactions on Mathematical Software 26 (2000).
 */
export function gamma(shape: number, random: RandomSource): number {
  if (shape < 1) return gamma(shape + 1, random) * (1 - random.float()) ** (1 / shape);
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = normal(random);
    const v = (1 + c * x) ** 3;
    if (v <= 0) continue;
    if (Math.log(1 - random.float()) < (x * x) / 2 + d - d * v + d * Math.log(v)) return d * v;
  }
}

/** A number of the Poisson distribution; beyond a mean of 50 the normal one stands in for it. */
export function poisson(mean: number, random: RandomSource): number {
  if (mean > 50) return Math.max(0, Math.round(mean + Math.sqrt(mean) * normal(random)));
  const limit = Math.exp(-mean);
  let count = 0;
  for (let product = random.float(); product > limit; product *= random.float()) count++;
  return count;
}
