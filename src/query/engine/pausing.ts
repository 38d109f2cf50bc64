import type { Work } from '../work.js';

/** Units of work that making a key of labels, or looking one up, counts for: some microseconds. */
export const KEY_UNITS = 25;

/** Visits items one by one, pausing where the query has held the event loop for long enough. */
export async function eachPausing<T>(
  work: Work,
  items: Iterable<T>,
  units: number,
  visit: (item: T) => void,
): Promise<void> {
  for (const item of items) {
    visit(item);
    if (work.due(units)) await work.pause();
  }
}

/** Items that are sorted at one go; longer lists are sorted in runs of so many, which are then merged. */
const RUN = 1024;

/** A stable sort that pauses: a hundred thousand series take a tenth of a second. Gives a new array. */
export async function sortPausing<T>(
  work: Work,
  items: readonly T[],
  compare: (a: T, b: T) => number,
): Promise<T[]> {
  let runs: T[][] = [];
  for (let start = 0; start < items.length; start += RUN) {
    runs.push(items.slice(start, start + RUN).sort(compare));
    if (work.due(RUN * 10)) await work.pause();
  }
  while (runs.length > 1) {
    const merged: T[][] = [];
    for (let i = 0; i < runs.length; i += 2) {
      merged.push(runs[i + 1] === undefined ? runs[i]! : await merge(work, runs[i]!, runs[i + 1]!, compare));
    }
    runs = merged;
  }
  return runs[0] ?? [];
}

async function merge<T>(
  work: Work,
  a: readonly T[],
  b: readonly T[],
  compare: (a: T, b: T) => number,
): Promise<T[]> {
  const result: T[] = [];
  let i = 0;
  let k = 0;
  while (i < a.length || k < b.length) {
    const fromA = k === b.length || (i < a.length && compare(a[i]!, b[k]!) <= 0);
    result.push(fromA ? a[i++]! : b[k++]!);
    if (work.due(2)) await work.pause();
  }
  return result;
}
