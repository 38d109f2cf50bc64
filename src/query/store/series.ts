import type { FloatHistogram } from '../histogram/histogram.js';
import type { Labels } from '../labels.js';
import type { Arena } from './arena.js';
import {
  BLOCK_SAMPLES,
  type BlockAddress,
  markKinds,
  NO_BLOCK,
  packFloats,
  packHistograms,
} from './block.js';
import { isStaleAt, wordsOf, writeStaleAt } from './floats.js';
import { sameLayout } from './histogram-block.js';
import { MAX_INTEGER } from './integers.js';
import type { SampleBuffer } from './sample-buffer.js';
import type { Slot, StagingPool } from './staging.js';

/** What a store counts about the samples it is given. */
export interface IngestCounters {
  appended: number;
  outOfOrder: number;
  duplicate: number;
  invalidTime: number;
}

export interface SeriesHome {
  readonly arena: Arena;
  readonly staging: StagingPool;
  readonly counters: IngestCounters;
}

/** Scratch for the times of one block, made at the first use. */
let packTimes: Float64Array | undefined;

/**
 * One series of a store, and the handle through which samples are appended without looking anything up.
 *
 * Samples must come in the order of time. One that is older than the last is refused and counted as out of order;
 * one at the same time is ignored where its value is the same, and refused and counted as a duplicate where not.
 */
export class Series {
  readonly labels: Labels;
  readonly #home: SeriesHome;
  #slot: Slot | undefined;
  #count = 0;
  #baseTime = 0;
  #lastTime = -Infinity;
  #firstTime = Infinity;
  #block: BlockAddress = NO_BLOCK;
  /** Histograms that wait to be packed; their times are in `#histogramTimes`. */
  #histograms: FloatHistogram[] = [];
  #histogramTimes: number[] = [];

  constructor(labels: Labels, home: SeriesHome) {
    this.labels = labels;
    this.#home = home;
  }

  /** The time of the newest sample; -Infinity before the first. */
  get lastTime(): number {
    return this.#lastTime;
  }

  /** The time of the first sample ever appended; Infinity before it. */
  get firstTime(): number {
    return this.#firstTime;
  }

  /** Whether nothing is left of it: every block dropped, nothing newer than `time` waiting. */
  isEmptyBefore(time: number): boolean {
    return this.#lastTime < time && !this.#home.arena.has(this.#block);
  }

  /** Appends a sample. `time` is in milliseconds since the epoch. Returns whether it was taken. */
  append(time: number, value: number): boolean {
    if (time <= this.#lastTime || !isTime(time)) return this.#refuse(time, value);
    const slot = this.#place(time);
    slot.values[slot.base + this.#count] = value;
    slot.times[slot.base + this.#count++] = time - this.#baseTime;
    this.#lastTime = time;
    this.#home.counters.appended++;
    return true;
  }

  /** Marks the series as ended: queries see nothing of it from this time on, until another sample comes. */
  appendStale(time: number): boolean {
    if (time <= this.#lastTime || !isTime(time)) return this.#refuse(time, Number.NaN);
    const slot = this.#place(time);
    writeStaleAt(slot.words, slot.base + this.#count);
    slot.times[slot.base + this.#count++] = time - this.#baseTime;
    this.#lastTime = time;
    this.#home.counters.appended++;
    return true;
  }

  appendHistogram(time: number, histogram: FloatHistogram): boolean {
    if (time <= this.#lastTime || !isTime(time)) return this.#refuseHistogram(time, histogram);
    this.#packFloats();
    const first = this.#histograms[0];
    if (this.#histograms.length === BLOCK_SAMPLES || (first !== undefined && !sameLayout(first, histogram))) {
      this.#packHistograms();
    }
    this.#histograms.push(histogram);
    this.#histogramTimes.push(time);
    this.#firstTime = Math.min(this.#firstTime, time);
    this.#lastTime = time;
    this.#home.counters.appended++;
    return true;
  }

  /**
   * Puts the samples from `from` to `to` behind those in the buffer, and perhaps some around them: whole blocks
   * are unpacked.
   */
  read(from: number, to: number, buffer: SampleBuffer): void {
    const { arena } = this.#home;
    const addresses: BlockAddress[] = [];
    // Often what waits to be packed is all that is asked for.
    const waiting = this.#count > 0 ? this.#baseTime : (this.#histogramTimes[0] ?? Infinity);
    for (let address = waiting <= from ? NO_BLOCK : this.#block; ; ) {
      const head = arena.head(address);
      if (head === undefined) break;
      if (head.minTime <= to) addresses.push(address);
      if (head.minTime <= from) break;
      address = head.previous;
    }
    for (let i = addresses.length - 1; i >= 0; i--) arena.unpack(addresses[i]!, buffer);
    this.#readStaged(buffer);
  }

  /** Packs what waits and gives its room back. For series that are idle. */
  release(): void {
    this.#packFloats();
    this.#packHistograms();
    if (this.#slot !== undefined) this.#home.staging.giveBack(this.#slot);
    this.#slot = undefined;
  }

  /** Room for one more sample at that time, packing what is there where need be. */
  #place(time: number): Slot {
    if (this.#histograms.length > 0) this.#packHistograms();
    // Times wait as 32-bit offsets: a gap of 24 days closes the block too.
    if (this.#count === BLOCK_SAMPLES || (this.#count > 0 && time - this.#baseTime > 0x7fffffff))
      this.#packFloats();
    if (this.#count === 0) {
      this.#baseTime = time;
      if (time < this.#firstTime) this.#firstTime = time;
    }
    this.#slot ??= this.#home.staging.take();
    return this.#slot;
  }

  #packFloats(): void {
    const slot = this.#slot;
    if (this.#count === 0 || slot === undefined) return;
    packTimes ??= new Float64Array(BLOCK_SAMPLES);
    const times = packTimes;
    for (let i = 0; i < this.#count; i++) times[i] = this.#baseTime + slot.times[slot.base + i]!;
    const block = packFloats(this.#block, times, slot.values, slot.base, this.#count);
    this.#block = this.#home.arena.store(block, this.#lastTime);
    this.#count = 0;
  }

  #packHistograms(): void {
    if (this.#histograms.length === 0) return;
    const block = packHistograms(this.#block, Float64Array.from(this.#histogramTimes), this.#histograms);
    this.#block = this.#home.arena.store(block, this.#histogramTimes.at(-1)!);
    this.#histograms = [];
    this.#histogramTimes = [];
  }

  #readStaged(buffer: SampleBuffer): void {
    for (const [i, histogram] of this.#histograms.entries())
      buffer.pushHistogram(this.#histogramTimes[i]!, histogram);
    const slot = this.#slot;
    if (this.#count === 0 || slot === undefined) return;
    buffer.reserve(this.#count);
    const at = buffer.length;
    for (let i = 0; i < this.#count; i++) buffer.times[at + i] = this.#baseTime + slot.times[slot.base + i]!;
    // Copied as words: the bits of a stale marker would not survive as a number.
    const words = slot.words.subarray(2 * slot.base, 2 * (slot.base + this.#count));
    wordsOf(buffer.values).set(words, 2 * at);
    markKinds(buffer, at, this.#count);
    buffer.length = at + this.#count;
  }

  #refuse(time: number, value: number): false {
    const { counters } = this.#home;
    if (!isTime(time)) counters.invalidTime++;
    else if (time < this.#lastTime) counters.outOfOrder++;
    else if (!this.#isLast(value)) counters.duplicate++;
    return false;
  }

  #refuseHistogram(time: number, histogram: FloatHistogram): false {
    const { counters } = this.#home;
    if (!isTime(time)) counters.invalidTime++;
    else if (time < this.#lastTime) counters.outOfOrder++;
    else if (this.#histograms.at(-1)?.equals(histogram) !== true) counters.duplicate++;
    return false;
  }

  #isLast(value: number): boolean {
    const slot = this.#slot;
    if (slot === undefined || this.#count === 0) return false;
    const index = slot.base + this.#count - 1;
    return Object.is(slot.values[index], value) && !isStaleAt(slot.words, index);
  }
}

/** Whole milliseconds, some seventeen thousand years either way. */
function isTime(time: number): boolean {
  return Number.isInteger(time) && Math.abs(time) <= MAX_INTEGER;
}
