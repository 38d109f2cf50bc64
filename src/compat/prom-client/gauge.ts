import { GaugeSeries, Gauge as TelltaleGauge } from '../../metrics/gauge.js';
import { type Given, isObject, type WithGiven } from './labels.js';
import { innerOptions, Metric } from './metric.js';
import type {
  CollectFunction,
  LabelValues,
  MetricConfiguration,
  MetricObjectWithValues,
  MetricValue,
} from './types.js';

export interface GaugeConfiguration<T extends string> extends MetricConfiguration<T> {
  collect?: CollectFunction<Gauge<T>>;
}

/** prom-client's `Gauge`. */
export class Gauge<T extends string = string> extends Metric<T, Child> {
  readonly type = 'gauge';
  readonly inner: Inner;

  constructor(configuration: GaugeConfiguration<T>) {
    super(configuration);
    this.inner = new Inner(innerOptions(configuration));
    this.register();
  }

  set(labels: LabelValues<T>, value: number): void;
  set(value: number): void;
  set(first: LabelValues<T> | number, second?: number): void {
    if (isObject(first)) set(this.seriesOf(first), second);
    else set(this.seriesOf(undefined), first);
  }

  inc(labels: LabelValues<T>, value?: number): void;
  inc(value?: number): void;
  inc(first?: LabelValues<T> | number, second?: number): void {
    if (isObject(first)) add(this.seriesOf(first), second, 1);
    else add(this.seriesOf(undefined), first, 1);
  }

  dec(labels: LabelValues<T>, value?: number): void;
  dec(value?: number): void;
  dec(first?: LabelValues<T> | number, second?: number): void {
    if (isObject(first)) add(this.seriesOf(first), second, -1);
    else add(this.seriesOf(undefined), first, -1);
  }

  /** Sets it to the seconds since the Unix epoch. */
  setToCurrentTime(labels?: LabelValues<T>): void {
    set(this.seriesOf(labels), Date.now() / 1000);
  }

  /** Begins to measure; the function it returns sets the gauge to the seconds that passed, and returns them. */
  startTimer(labels?: LabelValues<T>): (labels?: LabelValues<T>) => number {
    return this.timed(labels, (all, seconds) => set(this.seriesOf(all), seconds));
  }

  labels(...values: (string | number)[]): Gauge.Internal<T>;
  labels(labels: LabelValues<T>): Gauge.Internal<T>;
  labels(...args: unknown[]): Gauge.Internal<T> {
    const labels = this.labelsIn(args);
    const series = this.seriesOf(labels);
    return {
      inc: (value) => add(series, value, 1),
      dec: (value) => add(series, value, -1),
      set: (value) => set(series, value),
      setToCurrentTime: () => set(series, Date.now() / 1000),
      startTimer: () => this.startTimer(labels),
    };
  }

  async get(): Promise<MetricObjectWithValues<MetricValue<T>>> {
    await this.collected();
    const { name, help, type, aggregator } = this;
    const values = this.inner.series().map((series) => {
      const { value, given = {} } = series as Child;
      return { value, labels: given as LabelValues<T> };
    });
    return { help, name, type, values, aggregator };
  }
}

export declare namespace Gauge {
  interface Internal<T extends string> {
    inc(value?: number): void;
    dec(value?: number): void;
    set(value: number): void;
    setToCurrentTime(): void;
    startTimer(): (labels?: LabelValues<T>) => number;
  }
}

function set(series: GaugeSeries, value: unknown): void {
  if (typeof value !== 'number') throw new TypeError(`Value is not a valid number: ${String(value)}`);
  series.set(value);
}

function add(series: GaugeSeries, value: unknown, sign: 1 | -1): void {
  const delta = value === undefined ? 1 : value;
  if (typeof delta !== 'number') throw new TypeError(`Delta is not a valid number: ${String(delta)}`);
  series.inc(sign * delta);
}

class Child extends GaugeSeries implements WithGiven {
  given: Given | undefined = undefined;
}

class Inner extends TelltaleGauge<string> {
  find(labels: object | undefined): Child {
    return this.at(labels) as Child;
  }

  protected override make(text: string): Child {
    return new Child(text, this);
  }
}
