import type { LabelValues } from './labels.js';
import { Metric, valueArgument } from './metric.js';
import { type Cuts, type SampleSink, Series } from './series.js';
import type { SeriesIndex } from './series-index.js';

/** One series of a histogram or a summary. */
export abstract class DistributionSeries extends Series {
  // Begins as a fraction so that V8 gives the field its lasting form (a double) at once.
  sum = 0.5;
  protected readonly index: SeriesIndex<DistributionSeries>;

  constructor(text: string, values: readonly string[], index: SeriesIndex<DistributionSeries>) {
    super(text, values);
    this.index = index;
  }

  /** How many values were observed. */
  abstract get count(): number;

  /** Takes in one value; what is not a finite number is left out and counted. */
  observe(value: number): void {
    // The difference is 0 for finite numbers only.
    if (this.live && typeof value === 'number' && value - value === 0) {
      this.sum += value;
      this.record(value);
    } else if (!Number.isFinite(value)) this.index.badValue(value, 'a finite number');
    else this.index.revive(this).observe(value);
  }

  /** Begins to measure; the function it returns observes the seconds that passed, and returns them. */
  startTimer(): () => number {
    return this.index.stopwatch((seconds) => this.observe(seconds));
  }

  /** The value at each of the metric's cuts: counts up to each bound, or quantiles. */
  abstract atCuts(): number[];

  override sample(sink: SampleSink): void {
    for (const [cut, value] of this.atCuts().entries()) sink('', value, cut);
    sink('_sum', this.sum);
    sink('_count', this.count);
  }

  protected abstract record(value: number): void;
}

/** What `Histogram` and `Summary` have in common. */
export abstract class Distribution<L extends string, S extends DistributionSeries> extends Metric<L, S> {
  abstract override readonly cuts: Cuts;

  /** Takes in one value. */
  observe(labels: LabelValues<L>, value: number): void;
  observe(value: number): void;
  observe(labels: LabelValues<L> | number, value?: number): void {
    this.at(labels).observe(valueArgument(labels, value) as number);
  }

  /** Begins to measure; the function it returns observes the seconds that passed, and returns them. */
  startTimer(labels?: LabelValues<L>): (labels?: LabelValues<L>) => number {
    return this.index.stopwatch((seconds, more) => {
      this.observe({ ...labels, ...more } as LabelValues<L>, seconds);
    });
  }

  override shape(): string {
    return `${super.shape()} ${this.cuts.label} ${this.cuts.at.join(' ')}`;
  }
}
