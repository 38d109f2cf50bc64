import type { MetricHost, Metric as TelltaleMetric } from '../../metrics/metric.js';
import { Registry as TelltaleRegistry } from '../../metrics/registry.js';
import type { Series } from '../../metrics/series.js';
import { renderMetric } from './text.js';
import {
  type MetricObjectWithValues,
  type MetricRegistry,
  type MetricValue,
  openMetricsContentType,
  prometheusContentType,
  type RegisteredMetric,
  type RegistryContentType,
} from './types.js';

type DefaultLabels = Readonly<Record<string, string | number>>;

/** prom-client's `Registry`. */
export class Registry<C extends RegistryContentType = RegistryContentType> implements MetricRegistry {
  static get PROMETHEUS_CONTENT_TYPE() {
    return prometheusContentType;
  }

  static get OPENMETRICS_CONTENT_TYPE() {
    return openMetricsContentType;
  }

  /**
   * The same metrics in a registry of telltale, for what prom-client has no exporter for: OTLP, remote write, the
   * protobuf format.
   *
   * ```ts
   * periodicExporter({ registry: register.telltale, resource, exporter: otlpMetricExporter() });
   * ```
   */
  readonly telltale: TelltaleRegistry = new TelltaleRegistry();
  readonly #metrics = new Map<string, RegisteredMetric>();
  readonly #hooks = new Set<() => void | Promise<void>>();
  #contentType: C;
  #defaultLabels: DefaultLabels = {};

  constructor(contentType: C = prometheusContentType as C) {
    if (!isContentType(contentType)) throw new TypeError(`Content type ${contentType} is unsupported`);
    this.#contentType = contentType;
  }

  get contentType(): C {
    return this.#contentType;
  }

  setContentType(contentType: C): void {
    if (!isContentType(contentType)) throw new Error(`Content type ${contentType} is unsupported`);
    this.#contentType = contentType;
  }

  registerMetric(metric: RegisteredMetric): void {
    const known = this.#metrics.get(metric.name);
    if (known !== undefined && known !== metric) {
      throw new Error(`A metric with the name ${metric.name} has already been registered.`);
    }
    this.#metrics.set(metric.name, metric);
    this.#share(metric);
  }

  /** All metrics as text, in the format of `contentType`. */
  async metrics(): Promise<string> {
    await this.#runHooks();
    const openMetrics = this.#contentType === openMetricsContentType;
    const metrics = this.getMetricsAsArray().map((metric) => this.getMetricsAsString(metric));
    const texts = await Promise.all(metrics);
    return openMetrics ? `${texts.join('\n')}\n# EOF\n` : `${texts.join('\n\n')}\n`;
  }

  /** One metric as text. */
  async getMetricsAsString(metric: RegisteredMetric): Promise<string> {
    const values = (await metric.get()) as MetricObjectWithValues<MetricValue>;
    return renderMetric(values, this.#defaultLabels, this.#contentType === openMetricsContentType);
  }

  async getSingleMetricAsString(name: string): Promise<string> {
    return this.getMetricsAsString(this.#metrics.get(name)!);
  }

  async getMetricsAsJSON(): Promise<MetricObjectWithValues<MetricValue>[]> {
    await this.#runHooks();
    const all = await Promise.all(this.getMetricsAsArray().map((metric) => metric.get()));
    const defaults = Object.entries(this.#defaultLabels);
    return (all as MetricObjectWithValues<MetricValue>[]).map((metric) => {
      if (defaults.length === 0) return metric;
      const values = metric.values.map((sample) => {
        const labels = { ...sample.labels };
        for (const [name, value] of defaults) labels[name] = labels[name] || value;
        return { ...sample, labels };
      });
      return { ...metric, values };
    });
  }

  getMetricsAsArray(): RegisteredMetric[] {
    return [...this.#metrics.values()];
  }

  getSingleMetric<M extends RegisteredMetric = RegisteredMetric>(name: string): M | undefined {
    return this.#metrics.get(name) as M | undefined;
  }

  removeSingleMetric(name: string): void {
    this.#metrics.delete(name);
    this.telltale.removeSingleMetric(name);
  }

  /** Lets go of every metric, and of the default labels. */
  clear(): void {
    this.#metrics.clear();
    this.telltale.clear();
    this.setDefaultLabels({});
  }

  resetMetrics(): void {
    for (const metric of this.getMetricsAsArray()) metric.reset();
  }

  setDefaultLabels(labels: object): void {
    this.#defaultLabels = labels as DefaultLabels;
    this.telltale.setDefaultLabels(this.#defaultLabels);
  }

  /** The metrics of several registries in one. */
  static merge(registers: readonly Registry[]): Registry {
    const contentType = registers[0]!.contentType;
    if (registers.some((registry) => registry.contentType !== contentType)) {
      throw new Error('Registers can only be merged if they have the same content type');
    }
    const merged = new Registry(contentType);
    for (const registry of registers) {
      for (const metric of registry.getMetricsAsArray()) merged.registerMetric(metric);
    }
    return merged;
  }

  /** Has `callback` called before each reading of the registry, in either form. Returns what takes it away. */
  onCollect(name: string, callback: () => void | Promise<void>): () => void {
    const unhook = this.telltale.onCollect(name, callback);
    this.#hooks.add(callback);
    return () => {
      unhook();
      this.#hooks.delete(callback);
    };
  }

  async #runHooks(): Promise<void> {
    await Promise.all(Array.from(this.#hooks, (hook) => hook()));
  }

  /** Lists the metric beneath in telltale's registry, where there is one. */
  #share(metric: RegisteredMetric): void {
    const { inner } = metric as { inner?: TelltaleMetric<string, Series> };
    if (inner === undefined) return;
    const { collect } = metric as { collect?: () => void | Promise<void> };
    if (collect !== undefined) inner.setCollect(() => collect.call(metric));
    try {
      (this.telltale as MetricHost).registerMetric(inner);
    } catch (error) {
      // prom-client lets a gauge `x_count` stand beside a histogram `x`; no exporter could tell them apart.
      const { diagnostics } = this.telltale.settings;
      diagnostics.report('metric_left_out', metric.name, `${metric.name} is not in register.telltale`, error);
    }
  }
}

/** The registry that metrics go to unless they are told another. */
export const register: Registry = /* @__PURE__ */ new Registry();

function isContentType(given: unknown): boolean {
  return given === prometheusContentType || given === openMetricsContentType;
}
