import { goodShare, type Slicing } from './budgeting.js';

/** What a slice of time has counted so far, for a snapshot. */
export interface SavedSlice {
  readonly from: number;
  readonly good: number;
  readonly bad: number;
}

/** Counts events into slices of time, and hands on each slice when it is over. */
export class SliceCounter {
  readonly #slicing: Slicing;
  readonly #emit: (time: number, share: number) => void;
  /** Milliseconds that empty slices are made up for: an objective's window. */
  readonly #longest: number;
  #from: number;
  #good = 0;
  #bad = 0;

  constructor(slicing: Slicing, now: number, longest: number, emit: (time: number, share: number) => void) {
    this.#slicing = slicing;
    this.#emit = emit;
    this.#longest = longest;
    this.#from = now - (now % slicing.slice);
  }

  add(time: number, good: number, bad: number): void {
    this.advance(time);
    this.#good += good;
    this.#bad += bad;
  }

  /** Hands on every slice that is over by now. */
  advance(now: number): void {
    const { slice } = this.#slicing;
    if (now - this.#from > this.#longest + slice) {
      this.#close();
      this.#from = now - this.#longest - ((now - this.#longest) % slice);
    }
    while (this.#from + slice <= now) this.#close();
  }

  save(): SavedSlice {
    return { from: this.#from, good: this.#good, bad: this.#bad };
  }

  /** Goes on with a slice that was under way when it was saved. Time without a process counts for nothing. */
  restore({ from, good, bad }: SavedSlice): void {
    if (from !== this.#from) {
      this.#emit(this.#endOf(from), goodShare(this.#slicing, good, bad));
      return;
    }
    this.#good += good;
    this.#bad += bad;
  }

  #close(): void {
    this.#emit(this.#endOf(this.#from), goodShare(this.#slicing, this.#good, this.#bad));
    this.#from += this.#slicing.slice;
    this.#good = 0;
    this.#bad = 0;
  }

  /** A slice counts at its end, as in a subquery of PromQL: at its start it would be past a short window already. */
  #endOf(from: number): number {
    return from + this.#slicing.slice - 1;
  }
}
