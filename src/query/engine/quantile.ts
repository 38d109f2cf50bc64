/**
 * The quantile of values that are sorted, NaN first, weighed between the two nearest. NaN without values or
 * without a quantile; infinite for quantiles outside 0 and 1.
 */
export function quantileOfSorted(q: number, sorted: ArrayLike<number>): number {
  if (sorted.length === 0 || Number.isNaN(q)) return Number.NaN;
  if (q < 0) return -Infinity;
  if (q > 1) return Infinity;
  const rank = q * (sorted.length - 1);
  const lower = Math.max(0, Math.floor(rank));
  const upper = Math.min(sorted.length - 1, lower + 1);
  const weight = rank - Math.floor(rank);
  return sorted[lower]! * (1 - weight) + sorted[upper]! * weight;
}
