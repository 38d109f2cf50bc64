import type { Clock } from '../common/clock.js';
import type { ExemplarPolicy, ExemplarReservoir } from './exemplar.js';

/** What a series needs of the metric that it is of. */
export interface SeriesHost {
  readonly settings: { readonly clock: Clock; readonly exemplars?: ExemplarPolicy };
  /** Begins to measure; calling what it returns hands the seconds on, and returns them. */
  stopwatch<T>(record: (seconds: number, labels?: T) => void): (labels?: T) => number;
  /** A value that is not counted. */
  badValue(value: unknown, accepted: string): void;
  /** The series that is to count for one that is no longer live. */
  revive(series: Series): Series;
}

/**
 * One combination of label values of a metric: what `labels()` hands out, and what a scrape reads.
 *
 * A series leaves its metric by `remove` or `reset`. Whoever still holds it may go on: at the next use it comes
 * back from zero, or hands on to the series that has taken its place, or to the overflow series.
 */
export abstract class Series {
  /**
   * The labels as a line of text ends with them: `method="GET",status="200"} `, escaped, in the order of
   * declaration, with the brace and the space; empty where there are none. They are kept in this one form, for a
   * scrape reads all of them and nothing else reads often: the values beside it took 136 bytes more a series.
   */
  readonly text: string;
  protected readonly metric: SeriesHost;
  /** Whether the metric shows it. */
  live = false;
  /** Wall-clock milliseconds at which it began to count from zero. */
  startedAt = 0;
  /** Where its registry has exemplars, and its kind of metric. */
  exemplars: ExemplarReservoir | undefined = undefined;

  constructor(text: string, metric: SeriesHost) {
    this.text = text;
    this.metric = metric;
  }

  /** The number of each of the metric's `lines`. */
  abstract numbers(): readonly number[];

  /** Back to what it was when it was made. */
  abstract clear(): void;

  /** The metric has let go of it. */
  leave(): void {
    this.live = false;
  }
}

/** One of the lines that each series of a metric is shown with. */
export interface Line {
  /** What its name ends in, after the name of the metric. */
  readonly suffix: '' | '_bucket' | '_sum' | '_count';
  /**
   * The label that tells it from its neighbours, and its value: `le` and the upper bound of a bucket, `quantile`, or
   * the name of a state set (without the registry's prefix) and a state.
   */
  readonly cut?: readonly [label: string, at: string];
}
