/** A bucket of a classic histogram: how many observations were at most `upper`. */
export interface ClassicBucket {
  readonly upper: number;
  count: number;
}

/** Differences between buckets that are taken for rounding errors. */
const SMALL_DELTA = 1e-12;

export interface ClassicQuantile {
  readonly value: number;
  /** Whether counts fell from one bucket to the next and had to be raised. */
  readonly forced: boolean;
}

/**
 * The quantile of a classic histogram, linear within a bucket. `buckets` must be sorted by bound; they are
 * changed. NaN where the highest is not +Inf, or there are no observations, or only one bucket.
 */
export function classicQuantile(q: number, buckets: readonly ClassicBucket[]): ClassicQuantile {
  if (Number.isNaN(q)) return unforced(Number.NaN);
  if (q < 0) return unforced(-Infinity);
  if (q > 1) return unforced(Infinity);
  if (buckets.at(-1)?.upper !== Infinity) return unforced(Number.NaN);
  const merged = mergeEqualBounds(buckets);
  const forced = makeMonotonic(merged);
  const total = merged.at(-1)!.count;
  if (merged.length < 2 || total === 0) return unforced(Number.NaN);
  const rank = q * total;
  const last = merged.length - 1;
  const at = firstIndex(last, (i) => merged[i]!.count >= rank);
  if (at === last) return { value: merged[last - 1]!.upper, forced };
  const { upper } = merged[at]!;
  if (at === 0 && upper <= 0) return { value: upper, forced };
  const below = at === 0 ? { upper: 0, count: 0 } : merged[at - 1]!;
  const fraction = (rank - below.count) / (merged[at]!.count - below.count);
  return { value: below.upper + (upper - below.upper) * fraction, forced };
}

/** The share of observations between two values. `buckets` must be sorted by bound; they are changed. */
export function classicFraction(lower: number, upper: number, buckets: readonly ClassicBucket[]): number {
  if (buckets.at(-1)?.upper !== Infinity) return Number.NaN;
  const merged = mergeEqualBounds(buckets);
  const total = merged.at(-1)!.count;
  if (total === 0 || Number.isNaN(lower) || Number.isNaN(upper)) return Number.NaN;
  if (lower >= upper) return 0;
  return (classicRank(upper, merged) - classicRank(lower, merged)) / total;
}

/** How many observations are at most `value`. The first bucket begins at zero, or nowhere where it ends below. */
function classicRank(value: number, buckets: readonly ClassicBucket[]): number {
  let lower = buckets[0]!.upper > 0 ? 0 : -Infinity;
  let below = 0;
  for (const { upper, count } of buckets) {
    if (lower >= value) return below;
    if (upper > value) return below + (count - below) * ((value - lower) / (upper - lower));
    lower = upper;
    below = count;
  }
  return below;
}

function mergeEqualBounds(buckets: readonly ClassicBucket[]): ClassicBucket[] {
  const merged: ClassicBucket[] = [];
  for (const { upper, count } of buckets) {
    const last = merged.at(-1);
    if (last?.upper === upper) last.count += count;
    else merged.push({ upper, count });
  }
  return merged;
}

/** Counts can only grow from bucket to bucket: what falls is raised, silently where it is a rounding error. */
function makeMonotonic(buckets: readonly ClassicBucket[]): boolean {
  let forced = false;
  let previous = buckets[0]!.count;
  for (const bucket of buckets.slice(1)) {
    const { count } = bucket;
    if (count === previous) continue;
    if (isNearly(count, previous)) bucket.count = previous;
    else if (count < previous) {
      bucket.count = previous;
      forced = true;
    } else previous = count;
  }
  return forced;
}

function isNearly(a: number, b: number): boolean {
  const difference = Math.abs(a - b);
  if (a === 0 || b === 0) return difference < SMALL_DELTA * 2.2250738585072014e-308;
  return difference / Math.min(Math.abs(a) + Math.abs(b), Number.MAX_VALUE) < SMALL_DELTA;
}

function unforced(value: number): ClassicQuantile {
  return { value, forced: false };
}

/** The first index below `length` for which a condition holds that holds for all after it; else `length`. */
function firstIndex(length: number, holds: (index: number) => boolean): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (holds(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}
