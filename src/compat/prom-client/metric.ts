import { Diagnostics } from '../../common/diagnostics.js';
import type { Metric as TelltaleMetric } from '../../metrics/metric.js';
import type { Series } from '../../metrics/series.js';
import { settingsOf } from '../../metrics/settings.js';
import { checkLabels, copyLabels, isObject, namedLabels, stopwatch, type WithGiven } from './labels.js';
import { register } from './registry.js';
import {
  type Aggregator,
  type CollectFunction,
  type LabelValues,
  type MetricConfiguration,
  type MetricRegistry,
  type MetricType,
  prometheusContentType,
} from './types.js';

/** Metrics beneath throw where prom-client does, and have no limit of series, for it has none. */
export const host = {
  get settings() {
    return settingsOf('prom-client', { strict: true, maxSeries: Infinity, diagnostics });
  },
  registerMetric(): void {},
};
const diagnostics = /* @__PURE__ */ new Diagnostics();

/** telltale's metric that does the work, and lets its series be found. */
export type Inner<S> = TelltaleMetric<string, Series> & { find(labels: object | undefined): S };

/** What all four classes have in common. */
export abstract class Metric<T extends string, S extends Series & WithGiven = Series & WithGiven> {
  abstract readonly type: MetricType;
  abstract readonly inner: Inner<S>;
  readonly name: string;
  readonly help: string;
  readonly labelNames: readonly T[];
  readonly registers: readonly MetricRegistry[];
  readonly aggregator: Aggregator;
  readonly enableExemplars: boolean;
  collect?: CollectFunction<this>;

  protected constructor(config: MetricConfiguration<T>, reserved?: string) {
    if (!isObject(config)) throw new TypeError('constructor expected a config object');
    const { name, help, labelNames = [], registers = [register], aggregator = 'sum' } = config;
    const { collect } = config as { collect?: CollectFunction<unknown> };
    if (!help) throw new Error('Missing mandatory help parameter');
    if (!name) throw new Error('Missing mandatory name parameter');
    if (!validateMetricName(name)) throw new Error('Invalid metric name');
    if (!labelNames.every((label) => /^[a-zA-Z_]\w*$/.test(label))) throw new Error('Invalid label name');
    if (reserved !== undefined && (labelNames as readonly string[]).includes(reserved)) {
      throw new Error(`${reserved} is a reserved label keyword`);
    }
    if (collect && typeof collect !== 'function') {
      throw new Error('Optional "collect" parameter must be a function');
    }
    this.name = name;
    this.help = help;
    this.labelNames = labelNames;
    this.registers = registers;
    this.aggregator = aggregator;
    this.enableExemplars = Boolean(config.enableExemplars);
    if (collect) this.collect = collect as CollectFunction<this>;
  }

  /** To be called at the end of each constructor. */
  protected register(): void {
    for (const registry of this.registers) {
      if (this.enableExemplars && registry.contentType === prometheusContentType) {
        throw new TypeError('Exemplars are supported only on OpenMetrics registries');
      }
      registry.registerMetric(this as never);
    }
  }

  reset(): void {
    this.inner.reset();
  }

  remove(...values: (string | number)[]): void;
  remove(labels: Partial<Record<T, string | number>>): void;
  remove(...args: unknown[]): void {
    this.inner.remove(this.labelsIn(args) as never);
  }

  /** The labels of a call, by name or in order. Throws at those that the metric does not have. */
  protected labelsIn(args: readonly unknown[]): LabelValues<T> {
    const labels = namedLabels(this.labelNames, args);
    checkLabels(this.labelNames, labels);
    return labels as LabelValues<T>;
  }

  /** The series of these labels; the first call decides how they are shown. */
  protected seriesOf(labels: object | undefined): S {
    let series: S;
    try {
      series = this.inner.find(labels);
    } catch (error) {
      // In prom-client's words, where it is a label that is not declared.
      checkLabels(this.labelNames, labels ?? {});
      throw error;
    }
    series.given ??= copyLabels(labels);
    return series;
  }

  /** Begins to measure; the function it returns hands the seconds on, and returns them. */
  protected timed(
    labels: LabelValues<T> | undefined,
    record: (labels: LabelValues<T>, seconds: number) => void,
  ): (labels?: LabelValues<T>) => number {
    const elapsed = stopwatch();
    return (more) => {
      const seconds = elapsed();
      record({ ...labels, ...more } as LabelValues<T>, seconds);
      return seconds;
    };
  }

  protected async collected(): Promise<void> {
    if (this.collect) await this.collect();
  }
}

export function validateMetricName(name: string): boolean {
  return /^[a-zA-Z_:][\w:]*$/.test(name);
}

/** The options of the metric beneath. */
export function innerOptions(config: MetricConfiguration<string>) {
  const { name, help, labelNames = [] } = config;
  return { name, help, labelNames: [...labelNames] as string[], registers: [host] };
}
