import { checkInteger, checkNumber } from '../common/options.js';
import { Distribution, DistributionSeries, linesCutAt } from './distribution.js';
import { ExponentialCounts } from './exponential-counts.js';
import { type ExponentialHistogramData, exponentialSince, NO_BUCKETS } from './exponential-data.js';
import { indexOf, MAX_SCALE, MIN_SCALE } from './exponential-scale.js';
import type { MetricOptions } from './metric.js';
import { nativeForm } from './metric-form.js';
import type { SeriesHost } from './series.js';

export interface NativeHistogramOptions<L extends string = never>
  extends MetricOptions<L, NativeHistogram<L>> {
  /** Buckets of each sign at most, from 4; where a value needs more, each two become one. Default 160. */
  maxBuckets?: number;
  /**
   * The scale to begin with, from −10 to 20. The default, 8 (buckets 0.27 % wide), is the finest that Prometheus
   * has; OpenTelemetry's SDKs begin at 20.
   */
  maxScale?: number;
  /** Values as far from zero as this, or nearer, count as zero. Default 2^-128, as in Prometheus's own clients. */
  zeroThreshold?: number;
}

interface Limits {
  readonly maxBuckets: number;
  readonly maxScale: number;
  readonly zeroThreshold: number;
}

/** Exemplars of one series at most: one for each power of two, by its last four binary digits. */
const EXEMPLARS = 16;

/** One series of a native histogram. */
export class NativeHistogramSeries extends DistributionSeries {
  override count = 0;
  #scale: number;
  #zeroCount = 0;
  // Begin as fractions so that V8 gives the fields their lasting form (a double) at once.
  #min = 0.5;
  #max = 0.5;
  #positive = new ExponentialCounts();
  #negative: ExponentialCounts | undefined;
  readonly #limits: Limits;

  constructor(text: string, metric: SeriesHost, limits: Limits) {
    super(text, metric);
    this.#limits = limits;
    this.#scale = limits.maxScale;
  }

  /** What it has collected. */
  data(): ExponentialHistogramData {
    return {
      scale: this.#scale,
      count: this.count,
      sum: this.sum,
      min: this.#min,
      max: this.#max,
      zeroThreshold: this.#limits.zeroThreshold,
      zeroCount: this.#zeroCount,
      positive: this.#positive.read(),
      negative: this.#negative?.read() ?? NO_BUCKETS,
    };
  }

  /** @internal For readers of what is new only. */
  since(now: ExponentialHistogramData, before: ExponentialHistogramData): ExponentialHistogramData {
    return exponentialSince(now, before);
  }

  override clear(): void {
    this.#scale = this.#limits.maxScale;
    this.count = 0;
    this.sum = 0;
    this.#zeroCount = 0;
    this.#min = Infinity;
    this.#max = -Infinity;
    this.#positive = new ExponentialCounts();
    this.#negative = undefined;
    this.exemplars = this.metric.settings.exemplars?.(EXEMPLARS);
  }

  /** All that the classic text format can show of it: the bucket `+Inf`, sum and count. */
  override numbers(): readonly number[] {
    return [this.count, this.sum, this.count];
  }

  protected override record(value: number): number {
    this.count++;
    if (value < this.#min) this.#min = value;
    if (value > this.#max) this.#max = value;
    const magnitude = value < 0 ? -value : value;
    if (magnitude <= this.#limits.zeroThreshold) {
      this.#zeroCount++;
      return 0;
    }
    const { maxBuckets } = this.#limits;
    if (value < 0) this.#negative ??= new ExponentialCounts();
    const counts = value > 0 ? this.#positive : this.#negative!;
    const index = indexOf(magnitude, this.#scale);
    if (!counts.add(index, maxBuckets)) {
      this.#downscale(counts.excess(index, maxBuckets));
      counts.add(indexOf(magnitude, this.#scale), maxBuckets);
    }
    return this.#scale < 0 ? index & 15 : (index >> this.#scale) & 15;
  }

  #downscale(by: number): void {
    this.#scale -= by;
    this.#positive.downscale(by);
    this.#negative?.downscale(by);
  }
}

/**
 * A histogram that needs no buckets named: they grow exponentially, and become coarser by themselves as the range
 * of what is observed grows. Quantiles come out to within half a bucket; with values over three powers of ten and
 * the default 160 buckets that is 2 %.
 *
 * It is sent as an exponential histogram by OTLP and as a native histogram in the Prometheus protobuf format. The
 * text formats have no form for it: there it shows its sum and count.
 *
 * ```ts
 * const duration = new NativeHistogram({
 *   name: 'http_request_duration_seconds',
 *   help: 'Time to answer.',
 *   labelNames: ['route'],
 *   registers: [registry],
 * });
 * duration.observe({ route: '/cart' }, 0.012);
 * ```
 *
 * Specifications: https://prometheus.io/docs/specs/native_histograms/ and
 * https://opentelemetry.io/docs/specs/otel/metrics/data-model/#exponentialhistogram
 */
export class NativeHistogram<L extends string = never> extends Distribution<L, NativeHistogramSeries> {
  override readonly kind = 'native';
  /** @internal */
  override readonly form = nativeForm;
  override readonly lines = linesCutAt('le', ['+Inf']);
  readonly #limits: Limits;

  constructor(options: NativeHistogramOptions<L>) {
    super('NativeHistogram', options, ['maxBuckets', 'maxScale', 'zeroThreshold'], ['le']);
    const owner = `NativeHistogram ${this.name}`;
    this.#limits = {
      maxBuckets: checkInteger(owner, 'maxBuckets', options.maxBuckets, 160, { min: 4, max: 10_000 }),
      maxScale: checkInteger(owner, 'maxScale', options.maxScale, 8, { min: MIN_SCALE, max: MAX_SCALE }),
      zeroThreshold: checkNumber(owner, 'zeroThreshold', options.zeroThreshold, 2 ** -128, {
        min: 0,
        max: Number.MAX_VALUE,
      }),
    };
    this.register();
  }

  override shape(): string {
    const { maxBuckets, maxScale, zeroThreshold } = this.#limits;
    return `${super.shape()} ${maxBuckets} buckets from scale ${maxScale}, zero to ${zeroThreshold}`;
  }

  override get type(): 'histogram' {
    return 'histogram';
  }

  protected override make(text: string): NativeHistogramSeries {
    return new NativeHistogramSeries(text, this, this.#limits);
  }
}
