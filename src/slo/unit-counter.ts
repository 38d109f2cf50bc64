import type { Counts } from './count-ring.js';
import type { ObjectiveWindow } from './window.js';

/** What happened since a moment. */
export interface UnitCounts extends Counts {
  readonly from: number;
}

/** Counts the present unit of a calendar window by itself: its bounds do not fall on those of buckets. */
export class UnitCounter {
  readonly #window: ObjectiveWindow;
  #counts: Counts & { from: number } = { from: 0, good: 0, bad: 0 };

  constructor(window: ObjectiveWindow) {
    this.#window = window;
  }

  get counts(): UnitCounts {
    return this.#counts;
  }

  /** Begins a new unit, where one has begun. */
  advance(time: number): void {
    if (this.#window.kind === 'rolling') return;
    const [from] = this.#window.bounds(time);
    if (from > this.#counts.from) this.#counts = { from, good: 0, bad: 0 };
  }

  add(time: number, good: number, bad: number): void {
    this.advance(time);
    this.#counts.good += good;
    this.#counts.bad += bad;
  }

  /** Takes up what was counted of the same unit; `known` says what buckets know of it, where the window is another. */
  restore(saved: { unit: UnitCounts; window?: string }, known: (from: number) => Counts): void {
    const { kind, text } = this.#window;
    if (saved.unit.from === this.#counts.from) {
      this.#counts.good += saved.unit.good;
      this.#counts.bad += saved.unit.bad;
    } else if (kind === 'calendar' && saved.window !== undefined && saved.window !== text) {
      this.#counts = { from: this.#counts.from, ...known(this.#counts.from) };
    }
  }
}
