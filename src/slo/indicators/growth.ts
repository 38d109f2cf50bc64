import type { Series } from '../../metrics/series.js';
import type { IndicatorHost } from '../indicator.js';
import type { Selection } from './selection.js';

/**
 * By how much the chosen series of a registry have grown since the last reading. Each series is followed by itself,
 * so one that is reset or comes anew does not disturb the others. What was there at the start does not count.
 */
export class Growth<S extends Series> {
  readonly #selection: Selection;
  readonly #host: IndicatorHost;
  readonly #read: (series: S) => readonly number[];
  readonly #known = new WeakMap<S, readonly number[]>();

  /** @param read Numbers of a series that grow; when the last one shrinks, the series was reset. */
  constructor(selection: Selection, host: IndicatorHost, read: (series: S) => readonly number[]) {
    this.#selection = selection;
    this.#host = host;
    this.#read = read;
    for (const series of this.#chosen()) this.#known.set(series, read(series));
  }

  /** The growth of each of the numbers, over all series; `width` of them. */
  next(width: number): number[] {
    const grown = new Array<number>(width).fill(0);
    for (const series of this.#chosen()) {
      const now = this.#read(series);
      const before = this.#known.get(series);
      const isReset = before !== undefined && now.at(-1)! < before.at(-1)!;
      if (isReset) {
        this.#host.note('counter_reset', `${this.#selection.text} was reset meanwhile`);
      }
      for (let i = 0; i < width; i++) grown[i]! += now[i]! - (isReset ? 0 : (before?.[i] ?? 0));
      this.#known.set(series, now);
    }
    return grown;
  }

  #chosen(): readonly S[] {
    const metric = this.#selection.metric();
    return metric === undefined ? [] : (this.#selection.series(metric) as unknown as S[]);
  }
}
