import { invalidOption } from '../common/errors.js';
import { checkArray, checkFunction, checkOptions } from '../common/options.js';
import { guardedCollect } from './collect.js';
import type { InstrumentFacet } from './instrument.js';
import { labelsOf } from './labels.js';
import type { MetricForm } from './metric-form.js';
import { checkLabelNames, checkMetricName } from './names.js';
import type { Line, Series } from './series.js';
import { SeriesTable } from './series-table.js';
import { type MetricSettings, settingsOf } from './settings.js';

/** What the Prometheus text format 0.0.4 calls it. */
export type MetricType = 'counter' | 'gauge' | 'histogram' | 'summary';

/**
 * What it is, for formats that tell more apart. By it `AnyMetric` narrows: `updown` is a sum that may fall,
 * `native` a histogram of exponential buckets, `info` and `stateset` are OpenMetrics's.
 */
export type MetricKind = MetricType | 'updown' | 'native' | 'info' | 'stateset';

/** Where metrics are registered; `Registry` is one. */
export interface MetricHost {
  readonly settings: MetricSettings;
  registerMetric(metric: Metric<string, Series>): void;
}

/** What every metric is made with. `M` is the metric itself, `L` the names of its labels. */
export interface MetricOptions<L extends string, M> {
  /** Letters, digits, `_` and `:`. With its unit and, for a counter, `_total` at the end. */
  name: string;
  /** One sentence that says what is measured. Prometheus shows it beside the metric. */
  help: string;
  /** The labels that a series may have, in the order in which they are printed. Default: none. */
  labelNames?: readonly L[];
  /** The registries that show it. Default: none; there is no global one. Settings come from the first. */
  registers?: readonly MetricHost[];
  /**
   * Called before the metric is read, so that it can be set just then; `this` is the metric. May be async; one
   * that throws, or takes longer than the registry's `collectTimeout`, is reported, and the last values stand.
   */
  collect?: (this: M) => void | Promise<void>;
  /** Series at most; what is beyond goes to one overflow series. Default: the registry's, 2,000. */
  maxSeries?: number;
}

/** One value of a metric, as `get()` gives it. */
export interface MetricSample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  /** The name of the line where it is not the metric's own: `…_bucket`, `…_sum`, `…_count`. */
  readonly metricName?: string;
}

/** A metric and its values, as `get()` and `registry.getMetricsAsJSON()` give them. */
export interface MetricObject {
  readonly name: string;
  readonly help: string;
  readonly type: MetricType;
  readonly values: readonly MetricSample[];
}

/** What `Counter`, `Gauge`, `Histogram` and `Summary` have in common. */
export abstract class Metric<L extends string, S extends Series> extends SeriesTable<L, S> {
  abstract readonly kind: MetricKind;
  /** The lines that each series is shown with. */
  abstract readonly lines: readonly Line[];
  /** Set where it was made by OpenTelemetry's API. */
  declare instrument?: InstrumentFacet;
  /** @internal What it is to OpenTelemetry's exporters, where that is not plain from its kind. */
  declare readonly form?: MetricForm | undefined;
  override readonly name: string;
  readonly help: string;
  override readonly labelNames: readonly L[];
  override readonly settings: MetricSettings;
  #collect: (() => Promise<void>) | undefined;

  /** What it was made with, views applied. */
  protected readonly options: MetricOptions<L, never>;

  protected constructor(
    owner: string,
    given: MetricOptions<L, never>,
    known: readonly string[] = [],
    reserved: readonly string[] = [],
  ) {
    super();
    const options = given?.registers?.[0]?.settings?.views?.(owner, given) ?? given;
    const checked = checkOptions<MetricOptions<L, never>>(owner, options, [
      'name',
      'help',
      'labelNames',
      'registers',
      'collect',
      'maxSeries',
      ...known,
    ] as never);
    this.options = checked;
    this.name = checkMetricName(owner, 'name', checked.name);
    const label = `${owner} ${this.name}`;
    if (!checked.help || typeof checked.help !== 'string') {
      throw invalidOption(label, 'help', checked.help, 'a sentence');
    }
    this.help = checked.help;
    this.labelNames = checkLabelNames(label, checked.labelNames, reserved);
    const registers = checkArray(label, 'registers', checked.registers, (host, path) => {
      if (typeof host?.registerMetric !== 'function') throw invalidOption(label, path, host, 'a Registry');
    });
    const inherited = registers[0]?.settings;
    this.settings = settingsOf(label, {
      ...inherited,
      maxSeries: checked.maxSeries ?? inherited?.maxSeries,
    });
    this.setCollect(checkFunction(label, 'collect', checked.collect) as ((this: this) => void) | undefined);
  }

  /** What the Prometheus text format 0.0.4 calls it. */
  get type(): MetricType {
    return this.kind as MetricType;
  }

  /** Runs the `collect` callback, if there is one. Never rejects. */
  async refresh(): Promise<void> {
    await this.#collect?.();
  }

  /** Collects, and gives the values as plain objects. */
  async get(): Promise<MetricObject> {
    await this.refresh();
    return this.read();
  }

  /** The values as plain objects, as they stand: nothing is collected. */
  read(prefix = '', defaults: Readonly<Record<string, string>> = {}): MetricObject {
    const name = prefix + this.name;
    const values: MetricSample[] = [];
    for (const series of this.series()) {
      const labels = { ...defaults, ...labelsOf(series.text) };
      for (const [line, value] of series.numbers().entries()) {
        const { suffix, cut } = this.lines[line]!;
        values.push({
          labels: cut === undefined ? labels : { [cut[0]]: cut[1], ...labels },
          value,
          ...(suffix !== '' && { metricName: name + suffix }),
        });
      }
    }
    return { name, help: this.help, type: this.type, values };
  }

  /** Another `collect` callback in place of the first. */
  setCollect(collect: ((this: this) => void | Promise<void>) | undefined): void {
    this.#collect = collect && guardedCollect(this.name, this.settings, () => collect.call(this));
  }

  /** What makes two metrics of one name the same: kind, labels, buckets; help and callback do not count. */
  shape(): string {
    const cuts = this.lines.map(({ cut }) => cut?.join('='));
    return [this.kind, `{${this.labelNames.join(', ')}}`, ...cuts].join(' ').trimEnd();
  }

  /** To be called at the end of each constructor. */
  protected register(): void {
    this.reset();
    for (const host of this.options.registers ?? [])
      host.registerMetric(this as unknown as Metric<string, Series>);
  }
}

/** The lines of a counter or a gauge. */
export const ONE_LINE: readonly Line[] = [{ suffix: '' }];

/** The value of a call such as `inc(labels, value)` or `inc(value)`. */
export function valueArgument(labels: unknown, value: number | undefined): number | undefined {
  return typeof labels === 'object' || labels === undefined ? value : (labels as number);
}
