import type { Labels } from './labels.js';
import type { QueryResult } from './result.js';
import type { SeriesExemplars } from './store/exemplars.js';
import type { MetricMetadata } from './store/metadata.js';

/** A moment: a `Date`, or milliseconds since the epoch. */
export type Moment = Date | number;

/** What every request to a source may say. */
export interface RequestOptions {
  /** Calls the request off; it then rejects with a `QueryError` of type `canceled`. */
  signal?: AbortSignal;
  /** Milliseconds after which the request is given up. Default: the source's own limit. */
  timeout?: number;
}

export interface InstantQueryOptions extends RequestOptions {
  /** The moment of evaluation. Default now. */
  time?: Moment;
}

export interface RangeQueryOptions extends RequestOptions {
  start: Moment;
  end: Moment;
  /** Milliseconds between two points. */
  step: number;
}

export interface SeriesOptions extends RequestOptions {
  /** Only series with samples from here on. Default: all time. */
  start?: Moment;
  /** … up to here. Default: all time. */
  end?: Moment;
}

export interface LabelOptions extends SeriesOptions {
  /** Selectors; only labels of series that one of them selects. Default: every series. */
  match?: string | readonly string[];
}

/**
 * Something that answers PromQL: the embedded store (`embeddedSource`) or a Prometheus (`prometheusSource`).
 * Whoever asks cannot tell which. Every failure is a `QueryError`.
 */
export interface MetricSource {
  /** Evaluates an expression at one moment. */
  query(query: string, options?: InstantQueryOptions): Promise<QueryResult>;
  /** Evaluates an expression at evenly spaced moments; the result is a matrix. */
  queryRange(query: string, options: RangeQueryOptions): Promise<QueryResult>;
  /** The labels of every series that one of the selectors selects. */
  series(match: string | readonly string[], options?: SeriesOptions): Promise<Labels[]>;
  /** The names of labels, sorted. */
  labelNames(options?: LabelOptions): Promise<string[]>;
  /** The values of a label, sorted. */
  labelValues(name: string, options?: LabelOptions): Promise<string[]>;
  /** Type, help and unit of metrics, by name. Left out by sources that know of none. */
  metadata?(options?: RequestOptions): Promise<Record<string, readonly MetricMetadata[]>>;
  /**
   * The exemplars of every series that a selector anywhere in the expression selects. Left out by sources that keep
   * none.
   */
  exemplars?(query: string, options?: SeriesOptions): Promise<SeriesExemplars[]>;
}

/** Milliseconds since the epoch. */
export function momentToMs(moment: Moment): number {
  return typeof moment === 'number' ? moment : moment.getTime();
}
