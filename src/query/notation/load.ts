import type { TimeSeriesStore } from '../store/store.js';
import { parseSeries } from './series.js';

export interface LoadOptions {
  /** Milliseconds between two samples of a line. */
  step: number;
  /** When the first sample of each line is. Default 0, the epoch. */
  start?: number;
}

/**
 * Fills a store with series in Prometheus's notation, for tests.
 *
 * @example
 * loadSeries(store, { step: 60_000 }, 'http_requests_total{status="200"} 0+10x60', 'up 1 1 _ stale');
 */
export function loadSeries(
  store: TimeSeriesStore,
  { step, start = 0 }: LoadOptions,
  ...lines: string[]
): void {
  for (const line of lines) {
    const { labels, values } = parseSeries(line);
    for (const [i, value] of values.entries()) {
      if (value === 'stale') store.series(labels)?.appendStale(start + i * step);
      else if (value !== undefined) store.append(labels, value, start + i * step);
    }
  }
}
