import { indexAtSchema } from './bounds.js';

/** The populated buckets on one side of zero: their indexes, ascending, and how much each holds. */
export interface Buckets {
  readonly indexes: readonly number[];
  readonly counts: readonly number[];
}

export const NO_BUCKETS: Buckets = { indexes: [], counts: [] };

/** Consecutive buckets from an index on. */
export function bucketsFrom(offset: number, counts: readonly number[]): Buckets {
  return counts.length === 0 ? NO_BUCKETS : { indexes: counts.map((_, i) => offset + i), counts };
}

/** Both sets in one, each bucket `a + factor × b`. */
export function combineBuckets(a: Buckets, b: Buckets, factor: number): Buckets {
  if (b.indexes.length === 0) return a;
  const indexes: number[] = [];
  const counts: number[] = [];
  let i = 0;
  let k = 0;
  while (i < a.indexes.length || k < b.indexes.length) {
    const left = a.indexes[i] ?? Infinity;
    const right = b.indexes[k] ?? Infinity;
    indexes.push(Math.min(left, right));
    let count = 0;
    if (left <= right) count += a.counts[i++]!;
    if (right <= left) count += factor * b.counts[k++]!;
    counts.push(count);
  }
  return { indexes, counts };
}

export function mapCounts(buckets: Buckets, change: (count: number) => number): Buckets {
  return { indexes: buckets.indexes, counts: buckets.counts.map(change) };
}

/** The same observations at a lower resolution. */
export function lowerResolution(buckets: Buckets, from: number, to: number): Buckets {
  if (from === to) return buckets;
  const indexes: number[] = [];
  const counts: number[] = [];
  for (const [i, index] of buckets.indexes.entries()) {
    const target = indexAtSchema(index, from, to);
    if (indexes.at(-1) === target) counts[counts.length - 1]! += buckets.counts[i]!;
    else {
      indexes.push(target);
      counts.push(buckets.counts[i]!);
    }
  }
  return { indexes, counts };
}

/** Without the buckets that `keep` refuses. */
export function filterBuckets(buckets: Buckets, keep: (index: number, count: number) => boolean): Buckets {
  if (buckets.indexes.every((index, i) => keep(index, buckets.counts[i]!))) return buckets;
  const indexes: number[] = [];
  const counts: number[] = [];
  for (const [i, index] of buckets.indexes.entries()) {
    if (!keep(index, buckets.counts[i]!)) continue;
    indexes.push(index);
    counts.push(buckets.counts[i]!);
  }
  return { indexes, counts };
}

/** Whether any bucket holds less than before. */
export function anyDecrease(now: Buckets, before: Buckets): boolean {
  let k = 0;
  for (const [i, index] of before.indexes.entries()) {
    while (k < now.indexes.length && now.indexes[k]! < index) k++;
    const current = now.indexes[k] === index ? now.counts[k]! : 0;
    if (current < before.counts[i]!) return true;
  }
  return false;
}

export function sameBuckets(a: Buckets, b: Buckets): boolean {
  return sameNumbers(a.indexes, b.indexes) && sameNumbers(a.counts, b.counts);
}

export function sameNumbers(a: readonly number[], b: readonly number[]): boolean {
  return a === b || (a.length === b.length && a.every((value, i) => Object.is(value, b[i])));
}
