import type { LabelValues } from './labels.js';
import { Metric, valueArgument } from './metric.js';
import { type Line, Series } from './series.js';

/** One series of a histogram or a summary. */
export abstract class DistributionSeries extends Series {
  // Begins as a fraction so that V8 gives the field its lasting form (a double) at once.
  sum = 0.5;

  /** How many values were observed. */
  abstract get count(): number;

  /** Takes in one value; what is not a finite number is left out and counted. */
  observe(value: number): void {
    // The difference is 0 for finite numbers only.
    if (this.live && typeof value === 'number' && value - value === 0) {
      this.sum += value;
      const slot = this.record(value);
      if (this.exemplars !== undefined) this.exemplars.offer(slot, value);
    } else if (!Number.isFinite(value)) this.metric.badValue(value, 'a finite number');
    else (this.metric.revive(this) as this).observe(value);
  }

  /** Begins to measure; the function it returns observes the seconds that passed, and returns them. */
  startTimer(): () => number {
    return this.metric.stopwatch((seconds) => this.observe(seconds));
  }

  /** Takes the value in, and says in which slot an exemplar of it goes. */
  protected abstract record(value: number): number;
}

/** What `Histogram` and `Summary` have in common. */
export abstract class Distribution<L extends string, S extends DistributionSeries> extends Metric<L, S> {
  /** Takes in one value. */
  observe(labels: LabelValues<L>, value: number): void;
  observe(value: number): void;
  observe(labels: LabelValues<L> | number, value?: number): void {
    this.at(labels).observe(valueArgument(labels, value) as number);
  }

  /** Begins to measure; the function it returns observes the seconds that passed, and returns them. */
  startTimer(labels?: LabelValues<L>): (labels?: LabelValues<L>) => number {
    return this.stopwatch((seconds, more) =>
      this.at({ ...labels, ...more } as LabelValues<L>).observe(seconds),
    );
  }
}

/** The lines of a distribution: one for each upper bound or quantile, then sum and count. */
export function linesCutAt(label: 'le' | 'quantile', at: readonly string[]): readonly Line[] {
  const suffix = label === 'le' ? '_bucket' : '';
  return [
    ...at.map((cut) => ({ suffix, cut: [label, cut] }) as const),
    { suffix: '_sum' },
    { suffix: '_count' },
  ];
}
