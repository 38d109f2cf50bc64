import type { LabelValues } from './labels.js';
import { Metric, type MetricOptions, ONE_LINE, valueArgument } from './metric.js';
import { Series } from './series.js';

export interface UpDownCounterOptions<L extends string = never> extends MetricOptions<L, UpDownCounter<L>> {}

/** One series of an up-down counter. */
export class UpDownCounterSeries extends Series {
  // Begins as a fraction so that V8 gives the field its lasting form (a double) at once.
  value = 0.5;

  /** Adds to it; what is not a finite number is left out and counted. */
  inc(value = 1): void {
    // The difference is 0 for finite numbers only.
    if (this.live && typeof value === 'number' && value - value === 0) this.value += value;
    else if (!Number.isFinite(value)) this.metric.badValue(value, 'a finite number');
    else (this.metric.revive(this) as UpDownCounterSeries).inc(value);
  }

  dec(value = 1): void {
    this.inc(typeof value === 'number' ? -value : value);
  }

  override numbers(): readonly number[] {
    return [this.value];
  }

  override clear(): void {
    this.value = 0;
  }
}

/**
 * Counts what comes and goes, by additions and subtractions: requests in flight, connections open. Over several
 * processes its values may be added up, which is what tells it from a `Gauge`: Prometheus shows both as gauges,
 * OpenTelemetry sends this one as a sum.
 *
 * ```ts
 * const open = new UpDownCounter({ name: 'connections_open', help: 'Open connections.', registers: [registry] });
 * open.inc();
 * open.dec();
 * ```
 */
export class UpDownCounter<L extends string = never> extends Metric<L, UpDownCounterSeries> {
  override readonly kind = 'updown';
  override readonly lines = ONE_LINE;

  constructor(options: UpDownCounterOptions<L>) {
    super('UpDownCounter', options);
    this.register();
  }

  /** Adds `value`, by default 1 and possibly negative, to the series of these labels. */
  inc(labels: LabelValues<L>, value?: number): void;
  inc(value?: number): void;
  inc(labels?: LabelValues<L> | number, value?: number): void {
    this.at(labels).inc(valueArgument(labels, value));
  }

  /** Takes `value`, by default 1, from the series of these labels. */
  dec(labels: LabelValues<L>, value?: number): void;
  dec(value?: number): void;
  dec(labels?: LabelValues<L> | number, value?: number): void {
    this.at(labels).dec(valueArgument(labels, value));
  }

  override get type(): 'gauge' {
    return 'gauge';
  }

  protected override make(text: string): UpDownCounterSeries {
    return new UpDownCounterSeries(text, this);
  }
}
