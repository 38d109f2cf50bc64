import { invalidOption } from '../common/errors.js';
import { checkInteger, checkNumber } from '../common/options.js';
import type { LabelValue, LabelValues } from './labels.js';
import { Metric, type MetricOptions, type MetricSample } from './metric.js';
import { Series } from './series.js';
import type { SeriesIndex } from './series-index.js';
import { Sketch } from './sketch.js';

export interface SummaryOptions<L extends string = never> extends MetricOptions<L, Summary<L>> {
  /** The quantiles to show, each from 0 to 1. Default: 0.01, 0.05, 0.5, 0.9, 0.95, 0.99, 0.999. */
  percentiles?: readonly number[];
  /** Seconds that an observation counts for in the quantiles. Default: for ever. Sum and count never forget. */
  maxAgeSeconds?: number;
  /** Steps in which the window moves on: it covers from `1 − 1/ageBuckets` of `maxAgeSeconds` to all. Default 5. */
  ageBuckets?: number;
}

const DEFAULT_PERCENTILES: readonly number[] = [0.01, 0.05, 0.5, 0.9, 0.95, 0.99, 0.999];

interface Windows {
  readonly count: number;
  /** Milliseconds; Infinity where there is only one. */
  readonly length: number;
}

/** One series of a summary. */
export class SummarySeries extends Series {
  sum = 0.5;
  count = 0;
  readonly #index: SeriesIndex<SummarySeries>;
  readonly #windows: Windows;
  readonly #sketches: Sketch[] = [];
  #current = 0;
  #turnsAt = Infinity;

  constructor(text: string, values: readonly string[], index: SeriesIndex<SummarySeries>, windows: Windows) {
    super(text, values);
    this.#index = index;
    this.#windows = windows;
    for (let i = 0; i < windows.count; i++) this.#sketches.push(new Sketch());
  }

  /** Takes in one value; what is not a finite number is left out and counted. */
  observe(value: number): void {
    // The difference is 0 for finite numbers only.
    if (this.live && typeof value === 'number' && value - value === 0) {
      if (this.#windows.count > 1) this.#turn();
      this.sum += value;
      this.count++;
      this.#sketches[this.#current]!.add(value);
    } else this.#observeSlowly(value);
  }

  /** Begins to measure; the function it returns observes the seconds that passed, and returns them. */
  startTimer(): () => number {
    return this.#index.stopwatch((seconds) => this.observe(seconds));
  }

  /** The quantiles of what was observed within the window, to within 1 %; NaN where there was nothing. */
  quantiles(percentiles: readonly number[]): number[] {
    let whole = this.#sketches[0]!;
    if (this.#windows.count > 1) {
      this.#turn();
      whole = new Sketch();
      for (const sketch of this.#sketches) whole.merge(sketch);
    }
    return percentiles.map((q) => whole.quantile(q));
  }

  override clear(): void {
    this.sum = 0;
    this.count = 0;
    for (const sketch of this.#sketches) sketch.clear();
    this.#turnsAt = this.#index.monotonic() + this.#windows.length;
  }

  /** Moves on to the window of this moment, and empties those passed by. */
  #turn(): void {
    const { count, length } = this.#windows;
    const late = this.#index.monotonic() - this.#turnsAt;
    if (late < 0) return;
    const steps = Math.floor(late / length) + 1;
    this.#turnsAt += steps * length;
    for (let i = Math.min(steps, count); i > 0; i--) {
      this.#current = (this.#current + 1) % count;
      this.#sketches[this.#current]!.clear();
    }
  }

  #observeSlowly(value: number): void {
    if (!Number.isFinite(value)) this.#index.badValue(value, 'a finite number');
    else this.#index.revive(this).observe(value);
  }
}

/**
 * Tells quantiles of what this process saw, over all time or a sliding window, to within 1 % of the exact ones.
 * Quantiles of several processes cannot be put together; a `Histogram` can.
 *
 * ```ts
 * const size = new Summary({
 *   name: 'response_size_bytes',
 *   help: 'Size of responses.',
 *   percentiles: [0.5, 0.99],
 *   maxAgeSeconds: 600,
 *   registers: [registry],
 * });
 * size.observe(1234);
 * ```
 */
export class Summary<L extends string = never> extends Metric<L, SummarySeries> {
  readonly type = 'summary';
  readonly percentiles: readonly number[];
  readonly #windows: Windows;

  constructor(options: SummaryOptions<L>) {
    super(
      'Summary',
      options,
      ['percentiles', 'maxAgeSeconds', 'ageBuckets'],
      'quantile',
      (metric) => (text, values) => {
        const summary = metric as Summary<L>;
        return new SummarySeries(text, values, summary.index, summary.#windows);
      },
    );
    const owner = `Summary ${this.name}`;
    this.percentiles = checkPercentiles(owner, options.percentiles);
    this.#windows = checkWindows(owner, options);
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
  labels(labels: LabelValues<L>): SummarySeries;
  labels(...values: LabelValue[]): SummarySeries;
  labels(...labels: [LabelValues<L>] | LabelValue[]): SummarySeries {
    return this.findChild(labels);
  }

  override shape(): string {
    const { count, length } = this.#windows;
    return `${super.shape()} percentiles ${this.percentiles.join(', ')} over ${count} × ${length} ms`;
  }

  protected override sample(
    series: SummarySeries,
    labels: Readonly<Record<string, string>>,
    into: MetricSample[],
  ): void {
    const values = series.quantiles(this.percentiles);
    for (const [i, quantile] of this.percentiles.entries()) {
      into.push({ labels: { quantile: String(quantile), ...labels }, value: values[i]! });
    }
    into.push({ metricName: `${this.name}_sum`, labels, value: series.sum });
    into.push({ metricName: `${this.name}_count`, labels, value: series.count });
  }
}

function checkPercentiles(owner: string, given: readonly number[] | undefined): readonly number[] {
  if (given === undefined) return DEFAULT_PERCENTILES;
  const accepted = 'an array of numbers from 0 to 1, each greater than the one before';
  if (!Array.isArray(given)) throw invalidOption(owner, 'percentiles', given, accepted);
  for (const [i, q] of given.entries()) {
    if (!(q >= 0 && q <= 1) || (i > 0 && q <= given[i - 1]!)) {
      throw invalidOption(owner, `percentiles[${i}]`, q, accepted);
    }
  }
  return [...given];
}

function checkWindows(owner: string, options: Pick<SummaryOptions, 'maxAgeSeconds' | 'ageBuckets'>): Windows {
  const age = checkNumber(owner, 'maxAgeSeconds', options.maxAgeSeconds, Infinity, { min: 0.001 });
  const count = checkInteger(owner, 'ageBuckets', options.ageBuckets, 5, { min: 1, max: 100 });
  return age === Infinity ? { count: 1, length: Infinity } : { count, length: (age * 1000) / count };
}
