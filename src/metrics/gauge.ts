import type { LabelValues } from './labels.js';
import { Metric, type MetricOptions, ONE_LINE, valueArgument } from './metric.js';
import { Series } from './series.js';

export interface GaugeOptions<L extends string = never> extends MetricOptions<L, Gauge<L>> {}

/** One series of a gauge. */
export class GaugeSeries extends Series {
  // Begins as a fraction so that V8 gives the field its lasting form (a double) at once.
  value = 0.5;

  /** Sets it. NaN and infinities are allowed, as the Prometheus data model has them. */
  set(value: number): void {
    const target = this.#target(value);
    if (target !== undefined) target.value = value;
  }

  inc(value = 1): void {
    const target = this.#target(value);
    if (target !== undefined) target.value += value;
  }

  dec(value = 1): void {
    const target = this.#target(value);
    if (target !== undefined) target.value -= value;
  }

  /** Sets it to the seconds since the Unix epoch. */
  setToCurrentTime(): void {
    this.set(this.metric.settings.clock.now() / 1000);
  }

  /** Begins to measure; the function it returns sets the gauge to the seconds that passed, and returns them. */
  startTimer(): () => number {
    return this.metric.stopwatch((seconds) => this.set(seconds));
  }

  override numbers(): readonly number[] {
    return [this.value];
  }

  override clear(): void {
    this.value = 0;
  }

  /** The series that is to take the value, if it is one. */
  #target(value: unknown): GaugeSeries | undefined {
    if (typeof value === 'number') return this.live ? this : (this.metric.revive(this) as GaugeSeries);
    this.metric.badValue(value, 'a number');
    return undefined;
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
  override readonly kind = 'gauge';
  override readonly lines = ONE_LINE;

  constructor(options: GaugeOptions<L>) {
    super('Gauge', options);
    this.register();
  }

  set(labels: LabelValues<L>, value: number): void;
  set(value: number): void;
  set(labels: LabelValues<L> | number, value?: number): void {
    this.at(labels).set(valueArgument(labels, value) as number);
  }

  inc(labels: LabelValues<L>, value?: number): void;
  inc(value?: number): void;
  inc(labels?: LabelValues<L> | number, value?: number): void {
    this.at(labels).inc(valueArgument(labels, value));
  }

  dec(labels: LabelValues<L>, value?: number): void;
  dec(value?: number): void;
  dec(labels?: LabelValues<L> | number, value?: number): void {
    this.at(labels).dec(valueArgument(labels, value));
  }

  /** Sets it to the seconds since the Unix epoch. */
  setToCurrentTime(labels?: LabelValues<L>): void {
    this.at(labels).setToCurrentTime();
  }

  /** Begins to measure; the function it returns sets the gauge to the seconds that passed, and returns them. */
  startTimer(labels?: LabelValues<L>): (labels?: LabelValues<L>) => number {
    return this.stopwatch((seconds, more) => this.at({ ...labels, ...more } as LabelValues<L>).set(seconds));
  }

  protected override make(text: string): GaugeSeries {
    return new GaugeSeries(text, this);
  }
}
