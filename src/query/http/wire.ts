/** The JSON of Prometheus's HTTP API. Spec: https://prometheus.io/docs/prometheus/3.5/querying/api/ */

/** Boundary rule (0 open left, 1 open right, 2 both open, 3 both closed), bounds, count. */
export type WireBucket = [rule: number, lower: string, upper: string, count: string];

export interface WireHistogram {
  readonly count: string;
  readonly sum: string;
  readonly buckets?: readonly WireBucket[];
}

export type WireValue = [seconds: number, value: string];
export type WireHistogramValue = [seconds: number, value: WireHistogram];

export interface WireSample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value?: WireValue;
  readonly histogram?: WireHistogramValue;
}

export interface WireSeries {
  readonly metric: Readonly<Record<string, string>>;
  readonly values?: readonly WireValue[];
  readonly histograms?: readonly WireHistogramValue[];
}

export type WireResult =
  | { readonly resultType: 'scalar' | 'string'; readonly result: WireValue }
  | { readonly resultType: 'vector'; readonly result: readonly WireSample[] }
  | { readonly resultType: 'matrix'; readonly result: readonly WireSeries[] };

export interface WireAnswer {
  readonly status: 'success' | 'error';
  readonly data?: unknown;
  readonly errorType?: string;
  readonly error?: string;
  readonly warnings?: readonly string[];
  readonly infos?: readonly string[];
}

export interface WireExemplars {
  readonly seriesLabels: Readonly<Record<string, string>>;
  readonly exemplars: readonly {
    readonly labels: Readonly<Record<string, string>>;
    readonly value: string;
    readonly timestamp: number;
  }[];
}
