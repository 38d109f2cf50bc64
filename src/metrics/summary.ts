import { invalidOption } from '../common/errors.js';
import { checkInteger, checkNumber } from '../common/options.js';
import { checkAscending } from './buckets.js';
import { Distribution, DistributionSeries, linesCutAt } from './distribution.js';
import type { MetricOptions } from './metric.js';
import { summaryForm } from './metric-form.js';
import type { Line, SeriesHost } from './series.js';
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
export class SummarySeries extends DistributionSeries {
  override count = 0;
  readonly #windows: Windows;
  readonly #percentiles: readonly number[];
  readonly #sketches: Sketch[] = [];
  #current = 0;
  #turnsAt = Infinity;

  constructor(text: string, metric: SeriesHost, windows: Windows, percentiles: readonly number[]) {
    super(text, metric);
    this.#windows = windows;
    this.#percentiles = percentiles;
    for (let i = 0; i < windows.count; i++) this.#sketches.push(new Sketch());
  }

  override clear(): void {
    this.sum = 0;
    this.count = 0;
    for (const sketch of this.#sketches) sketch.clear();
    this.#turnsAt = this.metric.settings.clock.monotonic() + this.#windows.length;
  }

  /** The quantiles of what was observed within the window, to within 1 %, NaN where there was nothing; sum; count. */
  override numbers(): readonly number[] {
    const whole = this.sketch();
    return [...this.#percentiles.map((q) => whole.quantile(q)), this.sum, this.count];
  }

  /** What was observed within the window; to be read only. */
  sketch(): Sketch {
    if (this.#windows.count === 1) return this.#sketches[0]!;
    this.#turn();
    const whole = new Sketch();
    for (const sketch of this.#sketches) whole.merge(sketch);
    return whole;
  }

  protected override record(value: number): number {
    if (this.#windows.count > 1) this.#turn();
    this.count++;
    this.#sketches[this.#current]!.add(value);
    return 0; // it has no exemplars
  }

  /** Moves on to the window of this moment, and empties those passed by. */
  #turn(): void {
    const { count, length } = this.#windows;
    const late = this.metric.settings.clock.monotonic() - this.#turnsAt;
    if (late < 0) return;
    const steps = Math.floor(late / length) + 1;
    this.#turnsAt += steps * length;
    for (let i = Math.min(steps, count); i > 0; i--) {
      this.#current = (this.#current + 1) % count;
      this.#sketches[this.#current]!.clear();
    }
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
export class Summary<L extends string = never> extends Distribution<L, SummarySeries> {
  override readonly kind = 'summary';
  /** @internal */
  override readonly form = summaryForm;
  readonly percentiles: readonly number[];
  override readonly lines: readonly Line[];
  readonly #windows: Windows;

  constructor(options: SummaryOptions<L>) {
    super('Summary', options, ['percentiles', 'maxAgeSeconds', 'ageBuckets'], ['quantile']);
    const owner = `Summary ${this.name}`;
    this.percentiles = checkAscending(owner, 'percentiles', options.percentiles ?? DEFAULT_PERCENTILES);
    for (const [i, q] of this.percentiles.entries()) {
      if (q < 0 || q > 1) throw invalidOption(owner, `percentiles[${i}]`, q, 'numbers from 0 to 1');
    }
    this.lines = linesCutAt('quantile', this.percentiles.map(String));
    this.#windows = checkWindows(owner, options);
    this.register();
  }

  override shape(): string {
    const { count, length } = this.#windows;
    return `${super.shape()} over ${count} × ${length} ms`;
  }

  protected override make(text: string): SummarySeries {
    return new SummarySeries(text, this, this.#windows, this.percentiles);
  }
}

function checkWindows(owner: string, options: Pick<SummaryOptions, 'maxAgeSeconds' | 'ageBuckets'>): Windows {
  const age = checkNumber(owner, 'maxAgeSeconds', options.maxAgeSeconds, Infinity, { min: 0.001 });
  const count = checkInteger(owner, 'ageBuckets', options.ageBuckets, 5, { min: 1, max: 100 });
  return age === Infinity ? { count: 1, length: Infinity } : { count, length: (age * 1000) / count };
}
