import { checkAscending, DEFAULT_BUCKETS } from './buckets.js';
import { Distribution, DistributionSeries, linesCutAt } from './distribution.js';
import type { MetricOptions } from './metric.js';
import type { Line, SeriesHost } from './series.js';

export interface HistogramOptions<L extends string = never> extends MetricOptions<L, Histogram<L>> {
  /** Inclusive upper bounds, each greater than the one before; `+Inf` is always there. Default: 5 ms to 10 s. */
  buckets?: readonly number[];
}

/** Bounds up to which looking at one after the other is quicker than halving. */
const LINEAR = 16;

/** One series of a histogram. */
export class HistogramSeries extends DistributionSeries {
  /** The upper bounds, shared by all series of the metric. */
  readonly bounds: readonly number[];
  /** What fell into each bucket by itself, not summed up; one longer than `bounds`. */
  readonly counts: number[];

  constructor(text: string, metric: SeriesHost, bounds: readonly number[]) {
    super(text, metric);
    this.bounds = bounds;
    this.counts = new Array<number>(bounds.length + 1).fill(0);
  }

  override get count(): number {
    return this.numbers().at(-1)!;
  }

  override clear(): void {
    this.counts.fill(0);
    this.sum = 0;
    this.exemplars = this.metric.settings.exemplars?.(this.counts.length);
  }

  override numbers(): readonly number[] {
    let count = 0;
    const numbers = this.counts.map((inBucket) => {
      count += inBucket;
      return count;
    });
    numbers.push(this.sum, count);
    return numbers;
  }

  protected override record(value: number): number {
    const bucket = bucketOf(this.bounds, value);
    this.counts[bucket]!++;
    return bucket;
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
export class Histogram<L extends string = never> extends Distribution<L, HistogramSeries> {
  override readonly kind = 'histogram';
  readonly buckets: readonly number[];
  override readonly lines: readonly Line[];

  constructor(options: HistogramOptions<L>) {
    super('Histogram', options, ['buckets'], ['le']);
    // A last `Infinity` is dropped, for every histogram has that one.
    const { buckets = DEFAULT_BUCKETS } = this.options as HistogramOptions<L>;
    const finite = buckets.at?.(-1) === Infinity ? buckets.slice(0, -1) : buckets;
    this.buckets = checkAscending(`Histogram ${this.name}`, 'buckets', finite);
    this.lines = linesCutAt('le', [...this.buckets.map(String), '+Inf']);
    this.register();
  }

  protected override make(text: string): HistogramSeries {
    return new HistogramSeries(text, this, this.buckets);
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
