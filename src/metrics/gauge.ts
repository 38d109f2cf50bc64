import type { LabelValue, LabelValues } from './labels.js';
import { Metric, type MetricOptions, type MetricSample } from './metric.js';
import { Series } from './series.js';
import type { SeriesIndex } from './series-index.js';

export interface GaugeOptions<L extends string = never> extends MetricOptions<L, Gauge<L>> {}

/** One series of a gauge. */
export class GaugeSeries extends Series {
  // Begins as a fraction so that V8 gives the field its lasting form (a double) at once.
  value = 0.5;
  readonly #index: SeriesIndex<GaugeSeries>;

  constructor(text: string, values: readonly string[], index: SeriesIndex<GaugeSeries>) {
    super(text, values);
    this.#index = index;
  }

  /** Sets it. NaN and infinities are allowed, as the Prometheus data model has them. */
  set(value: number): void {
    if (this.live && typeof value === 'number') this.value = value;
    else if (this.#accepts(value)) this.#index.revive(this).value = value;
  }

  inc(value = 1): void {
    if (this.live && typeof value === 'number') this.value += value;
    else if (this.#accepts(value)) this.#index.revive(this).value += value;
  }

  dec(value = 1): void {
    if (this.live && typeof value === 'number') this.value -= value;
    else if (this.#accepts(value)) this.#index.revive(this).value -= value;
  }

  /** Sets it to the seconds since the Unix epoch. */
  setToCurrentTime(): void {
    this.set(this.#index.now() / 1000);
  }

  /** Begins to measure; the function it returns sets the gauge to the seconds that passed, and returns them. */
  startTimer(): () => number {
    return this.#index.stopwatch((seconds) => this.set(seconds));
  }

  override clear(): void {
    this.value = 0;
  }

  #accepts(value: unknown): boolean {
    if (typeof value === 'number') return true;
    this.#index.badValue(value, 'a number');
    return false;
  }
}

/**
 * Holds what goes up and down: requests in flight, queue length, memory.
 *
 * ```ts
 * const queued = new Gauge({ name: 'jobs_queued', help: 'Jobs that wait.', labelNames: ['queue'], registers: [registry] });
 * queued.set({ queue: 'mail' }, 12);
 * ```
 */
export class Gauge<L extends string = never> extends Metric<L, GaugeSeries> {
  readonly type = 'gauge';

  constructor(options: GaugeOptions<L>) {
    super(
      'Gauge',
      options,
      [],
      undefined,
      (metric) => (text, values) => new GaugeSeries(text, values, (metric as Gauge<L>).index),
    );
    this.register(options.registers);
  }

  set(labels: LabelValues<L>, value: number): void;
  set(value: number): void;
  set(labels: LabelValues<L> | number, value?: number): void {
    if (typeof labels === 'object' && labels !== null) this.index.find(labels).set(value as number);
    else this.index.bare().set(typeof labels === 'object' ? (value as number) : labels);
  }

  inc(labels: LabelValues<L>, value?: number): void;
  inc(value?: number): void;
  inc(labels?: LabelValues<L> | number, value?: number): void {
    if (typeof labels === 'object' && labels !== null) this.index.find(labels).inc(value);
    else this.index.bare().inc(typeof labels === 'object' ? value : labels);
  }

  dec(labels: LabelValues<L>, value?: number): void;
  dec(value?: number): void;
  dec(labels?: LabelValues<L> | number, value?: number): void {
    if (typeof labels === 'object' && labels !== null) this.index.find(labels).dec(value);
    else this.index.bare().dec(typeof labels === 'object' ? value : labels);
  }

  /** Sets it to the seconds since the Unix epoch. */
  setToCurrentTime(labels?: LabelValues<L>): void {
    this.#child(labels).setToCurrentTime();
  }

  /** Begins to measure; the function it returns sets the gauge to the seconds that passed, and returns them. */
  startTimer(labels?: LabelValues<L>): (labels?: LabelValues<L>) => number {
    return this.index.stopwatch((seconds, more) =>
      this.#child({ ...labels, ...more } as LabelValues<L>).set(seconds),
    );
  }

  /** The series of these labels, to be kept: no lookup afterwards. */
  labels(labels: LabelValues<L>): GaugeSeries;
  labels(...values: LabelValue[]): GaugeSeries;
  labels(...labels: [LabelValues<L>] | LabelValue[]): GaugeSeries {
    return this.findChild(labels);
  }

  #child(labels: LabelValues<L> | undefined): GaugeSeries {
    return labels === undefined ? this.index.bare() : this.index.find(labels);
  }

  protected override sample(
    series: GaugeSeries,
    labels: Readonly<Record<string, string>>,
    into: MetricSample[],
  ): void {
    into.push({ labels, value: series.value });
  }
}
