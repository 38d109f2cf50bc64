import { BLOCK_SAMPLES } from './block.js';
import { wordsOf } from './floats.js';

/** Slots in a page. A page of 1,024 is some 800 kB; the first one grows with the number of series. */
const PAGE_SLOTS = 1024;

/** A series' share of a page: where it puts samples until there are enough for a block. */
export interface Slot {
  readonly times: Int32Array;
  readonly values: Float64Array;
  readonly words: Uint32Array;
  /** Index of the slot's first sample in the arrays. */
  readonly base: number;
}

/** Room for the samples that are not packed yet, of many series together: two arrays a thousand series. */
export class StagingPool {
  readonly #free: Slot[] = [];
  #slots = 0;

  get bytes(): number {
    return this.#slots * BLOCK_SAMPLES * 12;
  }

  take(): Slot {
    if (this.#free.length === 0) this.#addPage();
    return this.#free.pop()!;
  }

  giveBack(slot: Slot): void {
    this.#free.push(slot);
  }

  #addPage(): void {
    const slots = Math.min(PAGE_SLOTS, Math.max(16, this.#slots));
    const times = new Int32Array(slots * BLOCK_SAMPLES);
    const values = new Float64Array(slots * BLOCK_SAMPLES);
    const words = wordsOf(values);
    for (let i = slots - 1; i >= 0; i--) this.#free.push({ times, values, words, base: i * BLOCK_SAMPLES });
    this.#slots += slots;
  }
}
