import { type ExponentialHistogramData, exponentialSince } from '../exponential-data.js';
import { Metric, type MetricHost, type MetricKind, type MetricType } from '../metric.js';
import { type MetricForm, nativeForm, stateSetForm, summaryForm } from '../metric-form.js';
import { type Line, Series, type SeriesHost } from '../series.js';
import type { MetricSnapshot, SeriesSnapshot } from './snapshot.js';

/** One series of a metric that was counted elsewhere. It has the fields of every kind's series, for exporters. */
class StaticSeries extends Series {
  #snapshot: SeriesSnapshot;

  constructor(snapshot: SeriesSnapshot, metric: SeriesHost) {
    super(snapshot.text, metric);
    this.#snapshot = snapshot;
    this.startedAt = snapshot.startedAt;
    this.live = true;
  }

  update(snapshot: SeriesSnapshot): void {
    this.#snapshot = snapshot;
    this.startedAt = snapshot.startedAt;
  }

  /** Of a counter or a gauge. */
  get value(): number {
    return this.#snapshot.numbers[0]!;
  }

  /** Of a distribution. */
  get sum(): number {
    return this.#snapshot.numbers.at(-2)!;
  }

  get count(): number {
    return this.#snapshot.numbers.at(-1)!;
  }

  /** Of a histogram: what fell into each bucket by itself. */
  get counts(): readonly number[] {
    const upTo = this.#snapshot.numbers.slice(0, -2);
    return upTo.map((count, i) => count - (upTo[i - 1] ?? 0));
  }

  /** Of a native histogram. */
  data(): ExponentialHistogramData | undefined {
    return this.#snapshot.native;
  }

  since(now: ExponentialHistogramData, before: ExponentialHistogramData): ExponentialHistogramData {
    return exponentialSince(now, before);
  }

  override numbers(): readonly number[] {
    return this.#snapshot.numbers;
  }

  override clear(): void {}
}

const FORMS: { readonly [kind in MetricKind]?: MetricForm } = {
  summary: summaryForm,
  native: nativeForm,
  stateset: stateSetForm,
};

/** A metric that was counted elsewhere: it can be shown and sent, and nothing else. */
export class StaticMetric extends Metric<string, StaticSeries> {
  override readonly kind: MetricKind;
  override readonly form: MetricForm | undefined;
  override readonly lines: readonly Line[];
  /** Of a histogram. */
  readonly buckets: readonly number[];
  /** Of a summary. */
  readonly percentiles: readonly number[];
  /** Of a state set. */
  readonly states: readonly string[];
  readonly #type: MetricType;
  readonly #all = new Map<string, StaticSeries>();

  constructor(snapshot: MetricSnapshot, host: MetricHost) {
    const { name, help, labelNames, cuts = [], states = [] } = snapshot;
    super('cluster metric', { name, help, labelNames, registers: [host] });
    this.kind = snapshot.kind;
    this.form = FORMS[snapshot.kind];
    this.lines = snapshot.lines;
    this.buckets = cuts;
    this.percentiles = cuts;
    this.states = states;
    this.#type = snapshot.type;
    this.update(snapshot);
  }

  /** The same metric at a later time. A series stays the same object: readers remember what they saw of it. */
  update(snapshot: MetricSnapshot): void {
    const gone = new Set(this.#all.keys());
    for (const series of snapshot.series) {
      gone.delete(series.text);
      const known = this.#all.get(series.text);
      if (known === undefined) this.#all.set(series.text, new StaticSeries(series, this));
      else known.update(series);
    }
    for (const text of gone) this.#all.delete(text);
  }

  /** Whether it can become what that snapshot shows. */
  fits({ kind, labelNames, lines }: MetricSnapshot): boolean {
    return (
      kind === this.kind &&
      JSON.stringify([labelNames, lines]) === JSON.stringify([this.labelNames, this.lines])
    );
  }

  override get type(): MetricType {
    return this.#type;
  }

  override series(): readonly StaticSeries[] {
    return [...this.#all.values()];
  }

  /** Nothing is made here: what is counted on it is lost. */
  protected override make(text: string): StaticSeries {
    return new StaticSeries({ text, startedAt: 0, numbers: [] }, this);
  }
}
