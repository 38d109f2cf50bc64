import type { Segment } from './segment.js';

/** One thing that a query asks of a record. */
export interface Condition {
  /** Whether the segment may have such a record at all. */
  inSegment?(segment: Segment): boolean;
  /** The first record from `from` on that may meet it, or one from `to` on; `test` has the last word. */
  next?(segment: Segment, from: number, to: number): number;
  test(segment: Segment, i: number): boolean;
  /** Whether `next` finds no others than those that meet it. */
  readonly isExact?: boolean;
}
