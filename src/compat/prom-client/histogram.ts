import { HistogramSeries, Histogram as TelltaleHistogram } from '../../metrics/histogram.js';
import { GivenExemplars, type WithExemplar } from './exemplars.js';
import { type Given, isObject, observe, stopwatch, type WithGiven } from './labels.js';
import { innerOptions, Metric } from './metric.js';
import type {
  CollectFunction,
  LabelValues,
  MetricConfiguration,
  MetricObjectWithValues,
  MetricValue,
} from './types.js';

export interface HistogramConfiguration<T extends string> extends MetricConfiguration<T> {
  buckets?: readonly number[];
  collect?: CollectFunction<Histogram<T>>;
}

/** prom-client's `Histogram`. */
export class Histogram<T extends string = string> extends Metric<T, Child> {
  readonly type = 'histogram';
  readonly inner: Inner;
  readonly buckets: readonly number[];

  constructor(configuration: HistogramConfiguration<T>) {
    super(configuration, 'le');
    const { buckets } = configuration;
    this.inner = new Inner({ ...innerOptions(configuration), ...(buckets && { buckets }) });
    this.buckets = this.inner.buckets;
    this.register();
  }

  get upperBounds(): readonly number[] {
    return this.buckets;
  }

  observe(value: number): void;
  observe(labels: LabelValues<T>, value: number): void;
  observe(data: WithExemplar<T> & { value: number }): void;
  observe(first: LabelValues<T> | WithExemplar<T> | number, second?: number): void {
    if (this.enableExemplars) this.#observeWithExemplar(first as WithExemplar<T>);
    else if (isObject(first)) observe(this.seriesOf(first), second);
    else observe(this.seriesOf(undefined), first);
  }

  /** Begins to measure; the function it returns observes the seconds that passed, and returns them. */
  startTimer(
    labels?: LabelValues<T>,
    exemplarLabels?: Given,
  ): (labels?: LabelValues<T>, exemplarLabels?: Given) => number {
    const elapsed = stopwatch();
    return (more, moreExemplarLabels) => {
      const value = elapsed();
      const all = { ...labels, ...more } as LabelValues<T>;
      if (!this.enableExemplars) this.observe(all, value);
      else this.observe({ labels: all, value, exemplarLabels: { ...exemplarLabels, ...moreExemplarLabels } });
      return value;
    };
  }

  labels(...values: (string | number)[]): Histogram.Internal<T>;
  labels(labels: LabelValues<T>): Histogram.Internal<T>;
  labels(...args: unknown[]): Histogram.Internal<T> {
    const labels = this.labelsIn(args);
    // Not made before something is observed, as in prom-client.
    return {
      observe: (value) => observe(this.seriesOf(labels), value),
      startTimer: () => this.startTimer(labels),
    };
  }

  /** Makes the series of these labels, at zero. */
  zero(labels: LabelValues<T>): void {
    this.seriesOf(labels).clear();
  }

  /** Nothing is shown afterwards, not even of a histogram without labels. */
  override reset(): void {
    for (const series of this.inner.series()) this.inner.discard(series);
  }

  async get(): Promise<MetricObjectWithValues<MetricValue<T>>> {
    await this.collected();
    const { name, help, type, aggregator } = this;
    const values = this.inner.series().flatMap((series): MetricValue<T>[] => {
      const { given = {}, exemplars } = series as Child;
      const numbers = series.numbers();
      const kept = exemplars instanceof GivenExemplars ? exemplars.slots : undefined;
      const bucket = (le: number | string, i: number) => ({
        labels: { le, ...given } as LabelValues<T>,
        value: numbers[i]!,
        metricName: `${name}_bucket`,
        exemplar: kept?.[i] ?? null,
      });
      const line = (suffix: string, value: number) => ({
        labels: { ...given } as LabelValues<T>,
        value,
        metricName: name + suffix,
        exemplar: undefined,
      });
      const last = this.buckets.length;
      return [
        ...this.buckets.map(bucket),
        bucket('+Inf', last),
        line('_sum', numbers[last + 1]!),
        line('_count', numbers[last + 2]!),
      ];
    });
    return { name, help, type, values, aggregator };
  }

  #observeWithExemplar({ labels, value, exemplarLabels }: WithExemplar<T>): void {
    const series = this.seriesOf(labels);
    observe(series, value);
    const bucket = this.buckets.findIndex((bound) => value! <= bound);
    if (!(series.exemplars instanceof GivenExemplars)) {
      series.exemplars = new GivenExemplars(this.buckets.length + 1);
    }
    (series.exemplars as GivenExemplars).set(
      bucket < 0 ? this.buckets.length : bucket,
      value!,
      exemplarLabels,
    );
  }
}

export declare namespace Histogram {
  interface Internal<T extends string> {
    observe(value: number): void;
    startTimer(): (labels?: LabelValues<T>) => number;
  }
}

class Child extends HistogramSeries implements WithGiven {
  given: Given | undefined = undefined;
}

class Inner extends TelltaleHistogram<string> {
  find(labels: object | undefined): Child {
    return this.at(labels) as Child;
  }

  protected override make(text: string): Child {
    return new Child(text, this, this.buckets);
  }
}
