/**
 * One combination of label values of a metric: what `labels()` hands out, and what a scrape reads.
 *
 * A series leaves its metric by `remove` or `reset`. Whoever still holds it may go on: at the next use it comes
 * back from zero, or hands on to the series that has taken its place, or to the overflow series.
 */
export abstract class Series {
  /** The labels as text, `method="GET",status="200"`, escaped and in the order of declaration; may be empty. */
  readonly text: string;
  /** The value of each declared label in its order; an empty text where the series has no such label. */
  readonly values: readonly string[];
  /** Whether the metric shows it. */
  live = false;
  /** Wall-clock milliseconds at which it began to count from zero. */
  startedAt = 0;

  constructor(text: string, values: readonly string[]) {
    this.text = text;
    this.values = values;
  }

  /** Back to what it was when it was made. */
  abstract clear(): void;
  /** The metric has let go of it. */
  leave(): void {
    this.live = false;
  }
}

/** Makes one series of a metric. */
export type SeriesFactory<S extends Series> = (text: string, values: readonly string[]) => S;
