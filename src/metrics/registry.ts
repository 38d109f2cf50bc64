import { TelltaleError } from '../common/errors.js';
import { checkOptions } from '../common/options.js';
import type { AnyMetric } from './any-metric.js';
import { guardedCollect } from './collect.js';
import type { Counter, CounterOptions } from './counter.js';
import type { Gauge, GaugeOptions } from './gauge.js';
import type { Histogram, HistogramOptions } from './histogram.js';
import type { Info, InfoOptions } from './info.js';
import { type LabelValue, labelText } from './labels.js';
import type { MetricHost, MetricObject, MetricOptions } from './metric.js';
import { checkLabelName, checkMetricName } from './names.js';
import type { NativeHistogram, NativeHistogramOptions } from './native-histogram.js';
import { type MetricSettings, type SettingsOptions, settingsOf } from './settings.js';
import type { StateSet, StateSetOptions } from './state-set.js';
import type { Summary, SummaryOptions } from './summary.js';
import { type DefaultLabels, defaultsFor, renderText } from './text-format.js';
import type { UpDownCounter, UpDownCounterOptions } from './up-down-counter.js';

export interface RegistryOptions extends SettingsOptions {
  /** Put before the name of every metric when it is shown: `shop_`. Default: nothing. */
  prefix?: string;
  /** Labels that every series carries, save those of a metric that declares a label of that name itself. */
  defaultLabels?: Readonly<Record<string, LabelValue>>;
}

const OWNER = 'Registry';

/** @internal What a registry is made with. */
export const REGISTRY_OPTIONS = [
  'prefix',
  'defaultLabels',
  'strict',
  'clock',
  'diagnostics',
  'maxSeries',
  'collectTimeout',
  'exemplars',
  'views',
] as const;

/**
 * Holds metrics and shows them. There is no global one: make one, and hand it to what needs it.
 *
 * ```ts
 * const registry = new Registry({ defaultLabels: { region: 'eu' } });
 * const jobs = registry.getOrCreate(Counter, { name: 'jobs_total', help: 'Jobs done.', labelNames: ['queue'] });
 * jobs.inc({ queue: 'mail' });
 * response.setHeader('content-type', registry.contentType).end(await registry.metrics());
 * ```
 */
export class Registry implements MetricHost {
  readonly settings: MetricSettings;
  readonly prefix: string;
  readonly #metrics = new Map<string, AnyMetric>();
  readonly #hooks = new Set<() => Promise<void>>();
  #defaultLabels: DefaultLabels;

  constructor(options: RegistryOptions = {}) {
    const checked = checkOptions(OWNER, options, REGISTRY_OPTIONS);
    this.prefix = checked.prefix ? checkMetricName(OWNER, 'prefix', checked.prefix) : '';
    this.#defaultLabels = checkDefaultLabels(checked.defaultLabels);
    this.settings = settingsOf(OWNER, checked);
  }

  /** For the `content-type` header of `metrics()`. */
  readonly contentType: string = 'text/plain; version=0.0.4; charset=utf-8';

  get defaultLabels(): DefaultLabels {
    return this.#defaultLabels;
  }

  /**
   * The metric of that class and name, made if there is none; an error if there is one of another shape. For code
   * that may be loaded, or run, more than once.
   *
   * ```ts
   * const jobs = registry.getOrCreate(Counter, { name: 'jobs_total', help: 'Jobs done.', labelNames: ['queue'] });
   * ```
   */
  getOrCreate<L extends string = never>(
    kind: typeof Counter,
    options: Unregistered<CounterOptions<L>>,
  ): Counter<L>;
  getOrCreate<L extends string = never>(kind: typeof Gauge, options: Unregistered<GaugeOptions<L>>): Gauge<L>;
  getOrCreate<L extends string = never>(
    kind: typeof Histogram,
    options: Unregistered<HistogramOptions<L>>,
  ): Histogram<L>;
  getOrCreate<L extends string = never>(
    kind: typeof Summary,
    options: Unregistered<SummaryOptions<L>>,
  ): Summary<L>;
  getOrCreate<L extends string = never>(
    kind: typeof UpDownCounter,
    options: Unregistered<UpDownCounterOptions<L>>,
  ): UpDownCounter<L>;
  getOrCreate<L extends string = never>(
    kind: typeof NativeHistogram,
    options: Unregistered<NativeHistogramOptions<L>>,
  ): NativeHistogram<L>;
  getOrCreate<L extends string = never>(kind: typeof Info, options: Unregistered<InfoOptions<L>>): Info<L>;
  getOrCreate<S extends string, L extends string = never>(
    kind: typeof StateSet,
    options: Unregistered<StateSetOptions<S, L>>,
  ): StateSet<S, L>;
  getOrCreate(
    kind: new (options: never) => unknown,
    options: Pick<MetricOptions<string, never>, 'collect'>,
  ): unknown {
    // It takes on this registry's settings, and is not listed yet.
    const unlisted: MetricHost = { settings: this.settings, registerMetric() {} };
    const asked = new kind({ ...options, registers: [unlisted] } as never) as AnyMetric;
    const known = this.#metrics.get(asked.name);
    if (known === undefined) {
      this.registerMetric(asked);
      return asked;
    }
    if (known.shape() !== asked.shape()) {
      throw new TelltaleError(
        `${OWNER}: ${asked.name} is there already as ${known.shape()}, not ${asked.shape()}; use another name or the same shape`,
        'name',
      );
    }
    // A module loaded anew brings a callback that sees its new state.
    if (options.collect !== undefined) known.setCollect(options.collect as never);
    return known;
  }

  /** Takes up a metric. A second one whose lines would bear the same name is an error. */
  registerMetric(added: AnyMetric): void {
    if (this.#metrics.get(added.name) === added || added.settings.denied) return;
    const taken = lineNames(added);
    for (const other of this.#metrics.values()) {
      const clash = lineNames(other).find((name) => taken.includes(name));
      if (clash === undefined) continue;
      throw new TelltaleError(
        `${OWNER}: ${clash} is there already as ${other.kind} ${other.name}; use another name or registry.getOrCreate()`,
        'name',
      );
    }
    this.#metrics.set(added.name, added);
  }

  /** The metric of that name, without the registry's prefix. */
  getSingleMetric(name: string): AnyMetric | undefined {
    return this.#metrics.get(name);
  }

  /** Every metric, in the order in which they came. */
  getMetricsAsArray(): AnyMetric[] {
    return [...this.#metrics.values()];
  }

  removeSingleMetric(name: string): void {
    this.#metrics.delete(name);
  }

  /** Lets go of every metric. */
  clear(): void {
    this.#metrics.clear();
  }

  /** Takes away every series of every metric. */
  resetMetrics(): void {
    for (const metric of this.#metrics.values()) metric.reset();
  }

  setDefaultLabels(labels: Readonly<Record<string, LabelValue>>): void {
    this.#defaultLabels = checkDefaultLabels(labels);
  }

  /**
   * Has `callback` called before each reading of the registry: for one that sets, or makes, several metrics. It
   * is guarded as a metric's `collect` is. Returns a function that takes it away again.
   */
  onCollect(name: string, callback: () => void | Promise<void>): () => void {
    const hook = guardedCollect(name, this.settings, callback);
    this.#hooks.add(hook);
    return () => void this.#hooks.delete(hook);
  }

  /** Runs every `collect` callback, or those of the metrics that are asked for. Never rejects. */
  async collect(isAsked: (metric: AnyMetric) => boolean = () => true): Promise<void> {
    const hooks = Array.from(this.#hooks, (hook) => hook());
    await Promise.all([...hooks, ...this.getMetricsAsArray().map((one) => isAsked(one) && one.refresh())]);
  }

  /** All metrics in the Prometheus text format 0.0.4. */
  async metrics(): Promise<string> {
    return this.#render(() => true);
  }

  /** One metric in the Prometheus text format 0.0.4; an empty text if there is none of that name. */
  async getSingleMetricAsString(name: string): Promise<string> {
    return this.#render((metric) => metric.name === name);
  }

  /** All metrics and their values as plain objects. */
  async getMetricsAsJSON(): Promise<MetricObject[]> {
    await this.collect();
    return this.getMetricsAsArray().map((metric) =>
      metric.read(this.prefix, defaultsFor(metric, this.#defaultLabels)),
    );
  }

  async #render(shown: (metric: AnyMetric) => boolean): Promise<string> {
    await this.collect(shown);
    let text = '';
    for (const metric of this.getMetricsAsArray().filter(shown)) {
      text += renderText(metric, this.prefix, this.#defaultLabels);
    }
    return text;
  }
}

type Unregistered<O> = Omit<O, 'registers'>;

/** The names that the lines of a metric bear; a distribution's last three lines have them all. */
function lineNames({ name, lines }: AnyMetric): string[] {
  return [name, ...lines.slice(-3).map(({ suffix }) => name + suffix)];
}

/** Their text; names are checked, values may be anything. */
function checkDefaultLabels(labels: Readonly<Record<string, unknown>> = {}): DefaultLabels {
  const checked: Record<string, string> = {};
  for (const [name, value] of Object.entries(labels)) {
    const text = labelText(value);
    checkLabelName(OWNER, `defaultLabels.${name}`, name, ['le', 'quantile']);
    if (text !== '') checked[name] = text;
  }
  return checked;
}
