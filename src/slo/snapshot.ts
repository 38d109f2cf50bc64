import type { Counts, SavedLevel } from './count-ring.js';
import type { SavedEpisodes } from './episodes.js';
import type { SavedSlice } from './slices.js';

/** All that a tracker knows, as plain data. */
export interface SloSnapshot {
  readonly id: string;
  /** Milliseconds since the epoch. */
  readonly savedAt: number;
  readonly watchedSince: number;
  /** When no process was watching. */
  readonly gaps: readonly (readonly [from: number, to: number])[];
  readonly levels: readonly SavedLevel[];
  readonly ever: Counts;
  /** Counts of the calendar unit that was under way. */
  readonly unit: Counts & { readonly from: number };
  readonly slice?: SavedSlice;
  readonly outages: SavedEpisodes;
}
