import type { FloatHistogram } from './histogram/histogram.js';
import type { Labels } from './labels.js';

/** A sample of a result: its time in milliseconds since the epoch, and a float or a native histogram. */
export interface ResultPoint {
  readonly time: number;
  readonly value: number | FloatHistogram;
}

/** A series of a result, its points in the order of time. */
export interface ResultSeries {
  readonly labels: Labels;
  readonly points: readonly ResultPoint[];
}

/** A sample with its labels. */
export interface ResultSample extends ResultPoint {
  readonly labels: Labels;
}

export type ResultValue =
  | { readonly type: 'scalar'; readonly time: number; readonly value: number }
  | { readonly type: 'string'; readonly time: number; readonly value: string }
  | { readonly type: 'vector'; readonly samples: readonly ResultSample[] }
  | { readonly type: 'matrix'; readonly series: readonly ResultSeries[] };

/** The answer to a query. */
export type QueryResult = ResultValue & {
  /** Reasons to mistrust the answer, with line and column in the query. */
  readonly warnings: readonly string[];
  /** Remarks that do no harm. */
  readonly infos: readonly string[];
};
