import type { Counts, SavedLevel } from './count-ring.js';
import type { SavedEpisodes } from './episodes.js';
import type { SavedSlice } from './slices.js';
import type { UnitCounts } from './unit-counter.js';
import type { Gap } from './watched-time.js';

/** All that a tracker knows, as plain data. */
export interface SloSnapshot {
  readonly id: string;
  /** Milliseconds since the epoch. */
  readonly savedAt: number;
  readonly watchedSince: number;
  /** When no process was watching. */
  readonly gaps: readonly Gap[];
  readonly levels: readonly SavedLevel[];
  readonly ever: Counts;
  /** Counts of the calendar unit that was under way. */
  readonly unit: UnitCounts;
  readonly slice?: SavedSlice;
  readonly outages: SavedEpisodes;
  /** What was counted: events, or slices of such a kind. Counts of another kind mean nothing. */
  readonly counting?: string;
  /** The objective's window, as text. */
  readonly window?: string;
}

/**
 * Looks at every number of a snapshot before any of them is taken up: half of one would be worse than none.
 *
 * @throws Error that names what is wrong.
 */
export function checkSnapshot(given: unknown): SloSnapshot {
  const snapshot = object(given, 'snapshot');
  if (typeof snapshot.id !== 'string') throw wrong('id');
  for (const name of ['savedAt', 'watchedSince']) amount(snapshot[name], name);
  for (const gap of list(snapshot.gaps, 'gaps')) for (const end of list(gap, 'gaps')) amount(end, 'gaps');
  for (const each of list(snapshot.levels, 'levels')) {
    const level = object(each, 'levels');
    amount(level.from, 'levels.from');
    if (!(amount(level.step, 'levels.step') > 0)) throw wrong('levels.step');
    for (const bucket of list(level.buckets, 'levels.buckets')) {
      const numbers = list(bucket, 'levels.buckets');
      if (numbers.length !== 3 || !Number.isInteger(numbers[0])) throw wrong('levels.buckets');
      for (const number of numbers) amount(number, 'levels.buckets');
    }
  }
  counts(snapshot.ever, 'ever', []);
  counts(snapshot.unit, 'unit', ['from']);
  if (snapshot.slice !== undefined) counts(snapshot.slice, 'slice', ['from']);
  counts(snapshot.outages, 'outages', ['minute']);
  for (const each of list(object(snapshot.outages, 'outages').episodes, 'outages.episodes')) {
    const { from, to } = object(each, 'outages.episodes');
    amount(from, 'outages.episodes');
    if (to !== undefined) amount(to, 'outages.episodes');
  }
  return given as SloSnapshot;
}

function counts(given: unknown, path: string, more: readonly string[]): void {
  const members = object(given, path);
  for (const name of ['good', 'bad', ...more]) amount(members[name], `${path}.${name}`);
}

function object(given: unknown, path: string): Record<string, unknown> {
  if (given === null || typeof given !== 'object') throw wrong(path);
  return given as Record<string, unknown>;
}

function list(given: unknown, path: string): readonly unknown[] {
  if (!Array.isArray(given)) throw wrong(path);
  return given;
}

function amount(given: unknown, path: string): number {
  if (typeof given !== 'number' || !(given >= 0 && given < Infinity)) throw wrong(path);
  return given;
}

function wrong(path: string): Error {
  return new Error(`its ${path} is none`);
}
