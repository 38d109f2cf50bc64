import type { LabelValues } from './labels.js';
import { Metric, type MetricOptions, ONE_LINE, valueArgument } from './metric.js';
import { Series } from './series.js';

export interface CounterOptions<L extends string = never> extends MetricOptions<L, Counter<L>> {}

/** One series of a counter. */
export class CounterSeries extends Series {
  /** NaN while the series is not live: then the guard of `inc` fails, and no second one is needed. */
  value = Number.NaN;

  /** Adds to it; negative numbers and what is not a finite number are left out and counted. */
  inc(value = 1): void {
    if (typeof value === 'number' && value >= 0 && this.value + value < Infinity) {
      this.value += value;
      if (this.exemplars !== undefined) this.exemplars.offer(0, value);
    } else if (!(Number.isFinite(value) && value >= 0))
      this.metric.badValue(value, 'a finite number of at least 0');
    else if (!this.live) (this.metric.revive(this) as CounterSeries).inc(value);
  }

  override numbers(): readonly number[] {
    return [this.value];
  }

  override clear(): void {
    this.value = 0;
    this.exemplars = this.metric.settings.exemplars?.(1);
  }

  override leave(): void {
    super.leave();
    this.value = Number.NaN;
  }
}

/**
 * Counts what only ever grows: requests, errors, bytes.
 *
 * ```ts
 * const requests = new Counter({
 *   name: 'http_requests_total',
 *   help: 'Requests answered.',
 *   labelNames: ['method', 'status'],
 *   registers: [registry],
 * });
 * requests.inc({ method: 'GET', status: 200 });
 * const get200 = requests.labels({ method: 'GET', status: 200 }); // found once
 * get200.inc();
 * ```
 */
export class Counter<L extends string = never> extends Metric<L, CounterSeries> {
  override readonly kind = 'counter';
  override readonly lines = ONE_LINE;

  constructor(options: CounterOptions<L>) {
    super('Counter', options);
    this.register();
  }

  /** Adds `value`, by default 1, to the series of these labels. */
  inc(labels: LabelValues<L>, value?: number): void;
  inc(value?: number): void;
  inc(labels?: LabelValues<L> | number, value?: number): void {
    this.at(labels).inc(valueArgument(labels, value));
  }

  protected override make(text: string): CounterSeries {
    return new CounterSeries(text, this);
  }
}
