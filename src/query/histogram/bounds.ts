/** The schema number of histograms whose bucket bounds are listed one by one. */
export const CUSTOM_SCHEMA = -53;
export const MIN_SCHEMA = -4;
export const MAX_SCHEMA = 8;

/**
 * The upper bound of a bucket of an exponential histogram: base 2^(2^-schema) to the power of the index. The last
 * bound that is a finite number stands for all beyond it.
 *
 * Spec: https://prometheus.io/docs/specs/native_histograms/#standard-exponential-schemas
 */
export function exponentialBound(index: number, schema: number): number {
  if (schema <= 0) return finite(2 ** (index * 2 ** -schema));
  const steps = 2 ** schema;
  const whole = Math.floor(index / steps);
  // Whole powers of two come out exact this way.
  return finite(2 ** whole * 2 ** ((index - whole * steps) / steps));
}

/** The index of the bucket that holds what was in bucket `index`, once the resolution is lowered. */
export function indexAtSchema(index: number, from: number, to: number): number {
  return Math.floor((index - 1) / 2 ** (from - to)) + 1;
}

function finite(bound: number): number {
  return bound === Infinity ? Number.MAX_VALUE : bound;
}
