/** Spans of time without a process that are remembered at most. */
const MAX_GAPS = 100;
/** A restart that is quicker than this leaves no gap to speak of. Milliseconds. */
const SHORT_GAP = 60_000;

/** From one moment to another, milliseconds since the Unix epoch. */
export type Gap = readonly [from: number, to: number];

/** In which time a process was there to count, over restarts. */
export class WatchedTime {
  #since: number;
  #gaps: readonly Gap[] = [];

  constructor(now: number) {
    this.#since = now;
  }

  /** Milliseconds that were watched between two moments. */
  between(from: number, to: number): number {
    const gaps = this.#gaps.map(([start, end]) => Math.max(0, end - Math.max(start, from)));
    return to - Math.max(from, this.#since) - gaps.reduce((sum, gap) => sum + gap, 0);
  }

  save(): { watchedSince: number; gaps: readonly Gap[] } {
    return { watchedSince: this.#since, gaps: this.#gaps };
  }

  /**
   * Takes up what an earlier process has watched, up to `savedAt`. The clock that wrote it was `late` milliseconds
   * ahead of today's.
   */
  restore(saved: { watchedSince: number; gaps: readonly Gap[] }, savedAt: number, late: number): void {
    const gaps: Gap[] = saved.gaps.map(([from, to]) => [from - late, to - late]);
    if (this.#since - savedAt > SHORT_GAP) gaps.push([savedAt, this.#since]);
    this.#gaps = gaps.slice(-MAX_GAPS);
    this.#since = Math.min(this.#since, saved.watchedSince - late);
  }
}
