import type { Labels } from '../labels.js';
import type { Matcher } from '../matcher.js';

/** A trace (most often) that stands for one observation. */
export interface Exemplar {
  readonly labels: Labels;
  readonly value: number;
  /** Milliseconds since the epoch. */
  readonly time: number;
}

/** The exemplars of one series, in the order of time. */
export interface SeriesExemplars {
  readonly series: Labels;
  readonly exemplars: readonly Exemplar[];
}

interface Entry {
  readonly series: Labels;
  readonly exemplar: Exemplar;
}

/** The newest exemplars of all series together; the oldest make room. */
export class ExemplarRing {
  readonly #capacity: number;
  readonly #entries: Entry[] = [];
  #next = 0;
  /** Targets tell of the same exemplar until there is a newer one: it is kept once. */
  readonly #last = new Map<string, Entry>();

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get length(): number {
    return this.#entries.length;
  }

  /** Keeps an exemplar, unless it is the series' newest already, or older than that. */
  add(series: Labels, exemplar: Exemplar): boolean {
    const last = this.#last.get(series.key)?.exemplar;
    if (this.#capacity === 0 || (last !== undefined && !isNewer(exemplar, last))) return false;
    const entry = { series, exemplar };
    const dropped = this.#entries[this.#next];
    if (dropped !== undefined && this.#last.get(dropped.series.key) === dropped) {
      this.#last.delete(dropped.series.key);
    }
    this.#entries[this.#next] = entry;
    this.#next = (this.#next + 1) % this.#capacity;
    this.#last.set(series.key, entry);
    return true;
  }

  /** Those between two moments, both included, of the series that one of the selectors selects. */
  select(selectors: readonly (readonly Matcher[])[], from: number, to: number): SeriesExemplars[] {
    const found = new Map<string, { series: Labels; exemplars: Exemplar[] }>();
    for (const { series, exemplar } of this.#entries) {
      if (exemplar.time < from || exemplar.time > to) continue;
      const known = found.get(series.key);
      if (known !== undefined) known.exemplars.push(exemplar);
      else if (selectors.some((matchers) => matchers.every((matcher) => matcher.matchesLabels(series)))) {
        found.set(series.key, { series, exemplars: [exemplar] });
      }
    }
    for (const { exemplars } of found.values()) exemplars.sort((a, b) => a.time - b.time);
    return [...found.values()].sort((a, b) => a.series.compare(b.series));
  }
}

function isNewer(exemplar: Exemplar, last: Exemplar): boolean {
  if (exemplar.time !== last.time) return exemplar.time > last.time;
  return exemplar.value !== last.value || exemplar.labels.key !== last.labels.key;
}
