import { type SummarySeries, Summary as TelltaleSummary } from '../../metrics/summary.js';
import { isObject, observe, type WithGiven } from './labels.js';
import { innerOptions, Metric } from './metric.js';
import type {
  CollectFunction,
  LabelValues,
  MetricConfiguration,
  MetricObjectWithValues,
  MetricValue,
} from './types.js';

export interface SummaryConfiguration<T extends string> extends MetricConfiguration<T> {
  percentiles?: readonly number[];
  /** With `ageBuckets`: seconds that an observation counts for. */
  maxAgeSeconds?: number;
  ageBuckets?: number;
  /** Take away series that nothing was observed of within the window. */
  pruneAgedBuckets?: boolean;
  /** Of no meaning here: nothing has to be compressed. */
  compressCount?: number;
  collect?: CollectFunction<Summary<T>>;
}

const PERCENTILES: readonly number[] = [0.01, 0.05, 0.5, 0.9, 0.95, 0.99, 0.999];

/** prom-client's `Summary`; its quantiles are within 1 % of the exact ones. */
export class Summary<T extends string = string> extends Metric<T, Child> {
  readonly type = 'summary';
  readonly inner: Inner;
  readonly percentiles: readonly number[];
  readonly pruneAgedBuckets: boolean;

  constructor(configuration: SummaryConfiguration<T>) {
    super(configuration, 'quantile');
    const { percentiles = PERCENTILES, maxAgeSeconds, ageBuckets } = configuration;
    this.percentiles = percentiles;
    this.pruneAgedBuckets = Boolean(configuration.pruneAgedBuckets);
    this.inner = new Inner({
      ...innerOptions(configuration),
      percentiles: [...new Set(percentiles)].sort((a, b) => a - b),
      ...(maxAgeSeconds && ageBuckets ? { maxAgeSeconds, ageBuckets } : {}),
    });
    this.register();
  }

  observe(value: number): void;
  observe(labels: LabelValues<T>, value: number): void;
  observe(first: LabelValues<T> | number, second?: number): void {
    if (isObject(first)) observe(this.seriesOf(first), second);
    else observe(this.seriesOf(undefined), first);
  }

  /** Begins to measure; the function it returns observes the seconds that passed, and returns them. */
  startTimer(labels?: LabelValues<T>): (labels?: LabelValues<T>) => number {
    return this.timed(labels, (all, seconds) => observe(this.seriesOf(all), seconds));
  }

  labels(...values: (string | number)[]): Summary.Internal<T>;
  labels(labels: LabelValues<T>): Summary.Internal<T>;
  labels(...args: unknown[]): Summary.Internal<T> {
    const labels = this.labelsIn(args);
    return {
      observe: (value) => observe(this.seriesOf(labels), value),
      startTimer: () => this.startTimer(labels),
    };
  }

  /** Its series stay, and begin anew. */
  override reset(): void {
    for (const series of this.inner.series()) series.clear();
  }

  async get(): Promise<MetricObjectWithValues<MetricValue<T>>> {
    await this.collected();
    const { name, help, type, aggregator } = this;
    const values: MetricValue<T>[] = [];
    for (const series of this.inner.series()) {
      const { given = {} } = series as Child;
      const numbers = series.numbers();
      if (this.pruneAgedBuckets && Number.isNaN(numbers[0])) {
        this.inner.discard(series);
        continue;
      }
      for (const quantile of this.percentiles) {
        const value = numbers[this.inner.percentiles.indexOf(quantile)]! || 0;
        values.push({ labels: { quantile, ...given } as LabelValues<T>, value });
      }
      const labels = given as LabelValues<T>;
      values.push({ metricName: `${name}_sum`, labels, value: numbers.at(-2)! });
      values.push({ metricName: `${name}_count`, labels, value: numbers.at(-1)! });
    }
    return { name, help, type, values, aggregator };
  }
}

export declare namespace Summary {
  interface Internal<T extends string> {
    observe(value: number): void;
    startTimer(): (labels?: LabelValues<T>) => number;
  }
}

type Child = SummarySeries & WithGiven;

class Inner extends TelltaleSummary<string> {
  find(labels: object | undefined): Child {
    return this.at(labels) as Child;
  }

  protected override make(text: string): Child {
    return Object.assign(super.make(text), { given: undefined });
  }
}
