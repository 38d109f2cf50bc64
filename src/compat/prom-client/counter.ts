import { CounterSeries, Counter as TelltaleCounter } from '../../metrics/counter.js';
import { GivenExemplars, type WithExemplar } from './exemplars.js';
import { checkFinite, type Given, isObject, type WithGiven } from './labels.js';
import { innerOptions, Metric } from './metric.js';
import type {
  CollectFunction,
  LabelValues,
  MetricConfiguration,
  MetricObjectWithValues,
  MetricValue,
} from './types.js';

export interface CounterConfiguration<T extends string> extends MetricConfiguration<T> {
  collect?: CollectFunction<Counter<T>>;
}

/** prom-client's `Counter`. */
export class Counter<T extends string = string> extends Metric<T, Child> {
  readonly type = 'counter';
  readonly inner: Inner;

  constructor(configuration: CounterConfiguration<T>) {
    super(configuration);
    this.inner = new Inner(innerOptions(configuration));
    this.register();
  }

  inc(labels: LabelValues<T>, value?: number): void;
  inc(value?: number): void;
  inc(data: WithExemplar<T>): void;
  inc(first?: LabelValues<T> | WithExemplar<T> | number, second?: number): void {
    if (this.enableExemplars) this.#incWithExemplar(first as WithExemplar<T> | undefined);
    else if (isObject(first)) add(this.seriesOf(first), second);
    else add(this.seriesOf(undefined), first);
  }

  labels(...values: (string | number)[]): Counter.Internal;
  labels(labels: LabelValues<T>): Counter.Internal;
  labels(...args: unknown[]): Counter.Internal {
    const labels = this.labelsIn(args);
    const series = this.seriesOf(labels);
    return { inc: (value) => void add(series, value) };
  }

  async get(): Promise<MetricObjectWithValues<MetricValue<T>>> {
    await this.collected();
    const { name, help, type, aggregator } = this;
    const values = this.inner.series().map((series): MetricValue<T> => {
      const { value, given = {}, exemplars } = series as Child;
      const plain = { value, labels: given as LabelValues<T> };
      const exemplar = exemplars instanceof GivenExemplars ? exemplars.slots[0] : undefined;
      return exemplar === undefined ? plain : { ...plain, exemplar };
    });
    return { help, name, type, values, aggregator };
  }

  #incWithExemplar({ labels, value, exemplarLabels }: WithExemplar<T> = {}): void {
    const series = this.seriesOf(labels);
    add(series, value);
    if (!(series.exemplars instanceof GivenExemplars)) series.exemplars = new GivenExemplars(1);
    (series.exemplars as GivenExemplars).set(0, value || 1, exemplarLabels);
  }
}

export declare namespace Counter {
  interface Internal {
    inc(value?: number): void;
  }
}

function add(series: CounterSeries, value: number | null | undefined): void {
  if (value === undefined || value === null) series.inc(1);
  else {
    checkFinite(value);
    if (value < 0) throw new Error('It is not possible to decrease a counter');
    series.inc(value);
  }
}

class Child extends CounterSeries implements WithGiven {
  given: Given | undefined = undefined;
}

class Inner extends TelltaleCounter<string> {
  find(labels: object | undefined): Child {
    return this.at(labels) as Child;
  }

  protected override make(text: string): Child {
    return new Child(text, this);
  }
}
