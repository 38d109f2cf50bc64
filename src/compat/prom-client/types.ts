/** The shapes of prom-client 15, under its names. */
export type PrometheusContentType = 'text/plain; version=0.0.4; charset=utf-8';
export type OpenMetricsContentType = 'application/openmetrics-text; version=1.0.0; charset=utf-8';
export type RegistryContentType = PrometheusContentType | OpenMetricsContentType;

export const prometheusContentType: PrometheusContentType = 'text/plain; version=0.0.4; charset=utf-8';
export const openMetricsContentType: OpenMetricsContentType =
  'application/openmetrics-text; version=1.0.0; charset=utf-8';

export type LabelValues<T extends string> = Partial<Record<T, string | number>>;
export type Aggregator = 'omit' | 'sum' | 'first' | 'min' | 'max' | 'average';
export type MetricType = 'counter' | 'gauge' | 'histogram' | 'summary';
export type CollectFunction<T> = (this: T) => void | Promise<void>;

/** What was observed with labels of its own, as OpenMetrics shows it. */
export interface Exemplar {
  labelSet: Record<string, string | number>;
  value: number;
  /** Seconds since the Unix epoch. */
  timestamp: number;
}

export interface MetricValue<T extends string = string> {
  value: number;
  labels: LabelValues<T>;
  /** The name of the line where it is not the metric's own. */
  metricName?: string;
  exemplar?: Exemplar | null | undefined;
}

export interface MetricObject {
  name: string;
  help: string;
  type: MetricType;
  aggregator: Aggregator;
}

export interface MetricObjectWithValues<V> extends MetricObject {
  values: V[];
}

/** What a registry needs of a metric. */
export interface RegisteredMetric {
  readonly name: string;
  readonly help: string;
  readonly type: MetricType;
  get(): unknown;
  reset(): void;
}

export interface MetricConfiguration<T extends string> {
  name: string;
  help: string;
  labelNames?: readonly T[];
  /** Default: the global registry, `register`. */
  registers?: readonly MetricRegistry[] | undefined;
  /** How the values of many workers become one. Default: `'sum'`. */
  aggregator?: Aggregator;
  /** `inc` and `observe` take one object then: `{ labels, value, exemplarLabels }`. */
  enableExemplars?: boolean;
}

/** Where metrics register themselves: a `Registry`. */
export interface MetricRegistry {
  readonly contentType: string;
  registerMetric(metric: RegisteredMetric): void;
}
