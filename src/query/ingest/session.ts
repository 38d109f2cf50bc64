import type { FloatHistogram } from '../histogram/histogram.js';
import type { Series } from '../store/series.js';

/**
 * One target, scraped again and again: it knows which series the last scrape brought, and marks those that the
 * next one does not bring as ended, so that queries stop seeing them at once and not five minutes later.
 */
export class ScrapeSession {
  #previous = new Set<Series>();
  #current = new Set<Series>();

  /** Appends a sample of this scrape. */
  append(series: Series, time: number, value: number | FloatHistogram): void {
    this.#current.add(series);
    if (typeof value === 'number') series.append(time, value);
    else series.appendHistogram(time, value);
  }

  /** Ends the scrape: what it did not bring is marked as ended. */
  end(time: number): void {
    for (const series of this.#previous) if (!this.#current.has(series)) series.appendStale(time);
    this.#previous = this.#current;
    this.#current = new Set();
  }

  /** Marks everything as ended: the target is gone. */
  close(time: number): void {
    this.#current = new Set();
    this.end(time);
  }
}
