import type { Condition } from './condition.js';
import type { Segment } from './segment.js';

/** Records looked at first when the newest are wanted; the hits among them say how far to look next. */
const FIRST_STRETCH = 128;

/** Adds to `found` the records from `from` to before `to` that meet all conditions, in the order of arrival. */
function collect(
  segment: Segment,
  conditions: readonly Condition[],
  from: number,
  to: number,
  found: number[],
  limit: number,
): void {
  const driver = conditions.find(({ next }) => next !== undefined);
  const rest = conditions.filter((condition) => condition !== driver || !driver.isExact);
  for (let i = from; i < to && found.length < limit; i++) {
    if (driver !== undefined) i = driver.next!(segment, i, to);
    if (i < to && meetsAll(segment, rest, i)) found.push(i);
  }
}

export function meetsAll(segment: Segment, conditions: readonly Condition[], i: number): boolean {
  for (const condition of conditions) if (!condition.test(segment, i)) return false;
  return true;
}

export function mayHave(segment: Segment, conditions: readonly Condition[]): boolean {
  return conditions.every((condition) => condition.inSegment?.(segment) ?? true);
}

/** Calls `take` for up to `limit` records, the newest first. */
export function newestFirst(
  segments: readonly Segment[],
  conditions: readonly Condition[],
  limit: number,
  take: (segment: Segment, i: number) => void,
): void {
  let left = limit;
  let stretch = FIRST_STRETCH;
  for (let s = segments.length - 1; s >= 0 && left > 0; s--) {
    const segment = segments[s]!;
    if (!mayHave(segment, conditions)) continue;
    // From the end in stretches: where hits are many, a few lines are looked at and not the whole segment.
    for (let to = segment.count; to > segment.first && left > 0; ) {
      const from = Math.max(segment.first, to - stretch);
      const found: number[] = [];
      collect(segment, conditions, from, to, found, Infinity);
      for (let k = found.length - 1; k >= 0 && left > 0; k--, left--) take(segment, found[k]!);
      const enough = ((to - from) * left * 1.1) / found.length;
      stretch = Math.ceil(Math.min(stretch * 4, Math.max(enough, FIRST_STRETCH / 4)));
      to = from;
    }
  }
}

/** Calls `take` for up to `limit` records, the oldest first. */
export function oldestFirst(
  segments: readonly Segment[],
  conditions: readonly Condition[],
  limit: number,
  take: (segment: Segment, i: number) => void,
): void {
  let left = limit;
  for (const segment of segments) {
    if (left <= 0) return;
    if (!mayHave(segment, conditions)) continue;
    const found: number[] = [];
    collect(segment, conditions, segment.first, segment.count, found, left);
    for (const i of found) take(segment, i);
    left -= found.length;
  }
}
