/** Takes one number of a series: `line` is its place in the metric's `lines`. */
export type SampleSink = (line: number, value: number) => void;

/**
 * One combination of label values of a metric: what `labels()` hands out, and what a scrape reads.
 *
 * A series leaves its metric by `remove` or `reset`. Whoever still holds it may go on: at the next use it comes
 * back from zero, or hands on to the series that has taken its place, or to the overflow series.
 */
export abstract class Series {
  /**
   * The labels as a line of text ends with them: `method="GET",status="200"} `, escaped, in the order of
   * declaration, with the brace and the space; empty where there are none.
   */
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

  /** Hands over every number it would be shown with. */
  abstract sample(sink: SampleSink): void;

  /** Back to what it was when it was made. */
  abstract clear(): void;

  /** The metric has let go of it. */
  leave(): void {
    this.live = false;
  }
}

/** Makes one series of a metric. */
export type SeriesFactory<S extends Series> = (text: string, values: readonly string[]) => S;

/** One of the lines that each series of a metric is shown with. */
export interface Line {
  /** What its name ends in, after the name of the metric. */
  readonly suffix: '' | '_bucket' | '_sum' | '_count';
  /** The upper bound of a bucket, or the quantile. */
  readonly cut?: { readonly label: 'le' | 'quantile'; readonly at: string };
}

/** The labels of a series by name; those it does not have are left out. */
export function labelsOf(names: readonly string[], series: Series): Record<string, string> {
  const labels: Record<string, string> = {};
  for (const [i, value] of series.values.entries()) if (value !== '') labels[names[i]!] = value;
  if (series.values.length === 0 && series.text !== '') labels[OVERFLOW_LABEL] = 'true';
  return labels;
}

/** The label of the one series that takes what is beyond the limit, named as in OpenTelemetry's specification. */
export const OVERFLOW_LABEL = 'otel_metric_overflow';
