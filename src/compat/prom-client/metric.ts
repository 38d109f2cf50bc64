import { Diagnostics } from '../../common/diagnostics.js';
import type { Metric as TelltaleMetric } from '../../metrics/metric.js';
import type { Series } from '../../metrics/series.js';
import { settingsOf } from '../../metrics/settings.js';
import { checkLabels, isObject, namedLabels } from './labels.js';
import { register } from './registry.js';
import {
  type Aggregator,
  type CollectFunction,
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

/** What all four classes have in common. */
export abstract class Metric<T extends string> {
  abstract readonly type: MetricType;
  /** telltale's metric that does the work. */
  abstract readonly inner: TelltaleMetric<string, Series>;
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
    const labels = namedLabels(this.labelNames, args);
    checkLabels(this.labelNames, labels);
    this.inner.remove(labels as never);
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
