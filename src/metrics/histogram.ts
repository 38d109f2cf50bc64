import { checkBuckets } from './buckets.js';
import type { LabelValue, LabelValues } from './labels.js';
import { Metric, type MetricOptions, type MetricSample } from './metric.js';
import { Series } from './series.js';
import type { SeriesIndex } from './series-index.js';

export interface HistogramOptions<L extends string = never> extends MetricOptions<L, Histogram<L>> {
  /** Inclusive upper bounds, each greater than the one before; `+Inf` is always there. Default: 5 ms to 10 s. */
  buckets?: readonly number[];
}

/** Bounds up to which looking at one after the other is quicker than halving. */
const LINEAR = 16;

/** One series of a histogram. */
export class HistogramSeries extends Series {
  /** The upper bounds, shared by all series of the metric. */
  readonly bounds: readonly number[];
  /** What fell into each bucket by itself, not summed up; one longer than `bounds`. */
  readonly counts: number[];
  sum = 0.5;
  readonly #index: SeriesIndex<HistogramSeries>;

  constructor(
    text: string,
    values: readonly string[],
    index: SeriesIndex<HistogramSeries>,
    bounds: readonly number[],
  ) {
    super(text, values);
    this.#index = index;
    this.bounds = bounds;
    this.counts = new Array<number>(bounds.length + 1).fill(0);
  }

  /** How many values were observed. */
  get count(): number {
    let count = 0;
    for (const inBucket of this.counts) count += inBucket;
    return count;
  }

  /** Takes in one value; what is not a finite number is left out and counted. */
  observe(value: number): void {
    // The difference is 0 for finite numbers only.
    if (this.live && typeof value === 'number' && value - value === 0) {
      this.sum += value;
      this.counts[bucketOf(this.bounds, value)]!++;
    } else this.#observeSlowly(value);
  }

  /** Begins to measure; the function it returns observes the seconds that passed, and returns them. */
  startTimer(): () => number {
    return this.#index.stopwatch((seconds) => this.observe(seconds));
  }

  override clear(): void {
    this.counts.fill(0);
    this.sum = 0;
  }

  #observeSlowly(value: number): void {
    if (!Number.isFinite(value)) this.#index.badValue(value, 'a finite number');
    else this.#index.revive(this).observe(value);
  }
}

/**
 * Counts values into buckets, so that quantiles can be worked out later, over many processes.
 *
 * ```ts
 * const duration = new Histogram({
 *   name: 'http_request_duration_seconds',
 *   help: 'Time to answer.',
 *   labelNames: ['route'],
 *   buckets: exponentialBuckets(0.001, 2, 14),
 *   registers: [registry],
 * });
 * const end = duration.startTimer({ route: '/cart' });
 * end(); // observes, and returns the seconds
 * ```
 */
export class Histogram<L extends string = never> extends Metric<L, HistogramSeries> {
  readonly type = 'histogram';
  readonly buckets: readonly number[];

  constructor(options: HistogramOptions<L>) {
    super('Histogram', options, ['buckets'], 'le', (metric) => (text, values) => {
      const { index, buckets } = metric as Histogram<L>;
      return new HistogramSeries(text, values, index, buckets);
    });
    this.buckets = checkBuckets(`Histogram ${this.name}`, options.buckets);
    this.register(options.registers);
  }

  /** Takes in one value. */
  observe(labels: LabelValues<L>, value: number): void;
  observe(value: number): void;
  observe(labels: LabelValues<L> | number, value?: number): void {
    if (typeof labels === 'object' && labels !== null) this.index.find(labels).observe(value as number);
    else this.index.bare().observe(typeof labels === 'object' ? (value as number) : labels);
  }

  /** Begins to measure; the function it returns observes the seconds that passed, and returns them. */
  startTimer(labels?: LabelValues<L>): (labels?: LabelValues<L>) => number {
    return this.index.stopwatch((seconds, more) => {
      this.observe({ ...labels, ...more } as LabelValues<L>, seconds);
    });
  }

  /** The series of these labels, to be kept: no lookup afterwards. */
  labels(labels: LabelValues<L>): HistogramSeries;
  labels(...values: LabelValue[]): HistogramSeries;
  labels(...labels: [LabelValues<L>] | LabelValue[]): HistogramSeries {
    return this.findChild(labels);
  }

  override shape(): string {
    return `${super.shape()} buckets ${this.buckets.join(', ')}`;
  }

  protected override sample(
    series: HistogramSeries,
    labels: Readonly<Record<string, string>>,
    into: MetricSample[],
  ): void {
    let count = 0;
    for (const [i, inBucket] of series.counts.entries()) {
      count += inBucket;
      const le = String(series.bounds[i] ?? '+Inf');
      into.push({ metricName: `${this.name}_bucket`, labels: { le, ...labels }, value: count });
    }
    into.push({ metricName: `${this.name}_sum`, labels, value: series.sum });
    into.push({ metricName: `${this.name}_count`, labels, value: count });
  }
}

/** The number of the first bucket whose bound is not below `value`. */
function bucketOf(bounds: readonly number[], value: number): number {
  let low = 0;
  let high = bounds.length;
  if (high <= LINEAR) {
    while (low < high && value > bounds[low]!) low++;
    return low;
  }
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (value > bounds[middle]!) low = middle + 1;
    else high = middle;
  }
  return low;
}
