import type { AnyMetric } from '../../metrics/any-metric.js';
import { defaultMetrics } from '../../metrics/default-metrics.js';
import { Registry as TelltaleRegistry } from '../../metrics/registry.js';
import { Gauge } from './gauge.js';
import { isObject } from './labels.js';
import { type Registry, register } from './registry.js';
import type {
  Aggregator,
  MetricObjectWithValues,
  MetricType,
  MetricValue,
  RegisteredMetric,
  RegistryContentType,
} from './types.js';

export interface DefaultMetricsCollectorConfiguration<C extends RegistryContentType = RegistryContentType> {
  /** Default: the global registry. */
  register?: Registry<C>;
  prefix?: string;
  gcDurationBuckets?: readonly number[];
  eventLoopMonitoringPrecision?: number;
  /** Labels that each of these metrics carries. */
  labels?: Readonly<Record<string, string | number>>;
}

/** prom-client's metrics of the process and of Node. */
export const collectDefaultMetrics: {
  (config?: DefaultMetricsCollectorConfiguration | null): void;
  readonly metricsList: readonly string[];
} = /* @__PURE__ */ Object.assign(collect, {
  metricsList: [
    'processCpuTotal',
    'processStartTime',
    'osMemoryHeap',
    'processOpenFileDescriptors',
    'processMaxFileDescriptors',
    'eventLoopLag',
    'processResources',
    'processHandles',
    'processRequests',
    'heapSizeAndUsed',
    'heapSpacesSizeAndUsed',
    'version',
    'gc',
  ],
});

function collect(config?: DefaultMetricsCollectorConfiguration | null): void {
  if (config !== null && config !== undefined && !isObject(config)) {
    throw new TypeError('config must be null, undefined, or an object');
  }
  const { register: target = register as Registry, labels = {}, ...options } = config ?? {};
  const prefix = options.prefix ?? '';
  if (target.getSingleMetric(`${prefix}process_cpu_user_seconds_total`) !== undefined) {
    throw new Error(
      `A metric with the name ${prefix}process_cpu_user_seconds_total has already been registered.`,
    );
  }
  const runtime = new TelltaleRegistry();
  defaultMetrics(runtime, options);
  runtime.removeSingleMetric(`${prefix}nodejs_eventloop_utilization`); // prom-client has none
  for (const metric of runtime.getMetricsAsArray()) {
    target.registerMetric(new RuntimeMetric(metric, aggregatorOf(metric.name.slice(prefix.length)), labels));
  }
  target.onCollect('collectDefaultMetrics', () => runtime.collect());
  for (const { name, read } of TOTALS) {
    new Gauge({
      name: `${prefix}nodejs_active_${name}_total`,
      help: `Total number of active ${name}.`,
      labelNames: Object.keys(labels),
      registers: [target],
      collect() {
        this.set(labels, read());
      },
    });
  }
}

/** A metric of telltale's among those of prom-client. */
class RuntimeMetric implements RegisteredMetric {
  readonly inner: AnyMetric;
  readonly name: string;
  readonly help: string;
  readonly type: MetricType;
  readonly aggregator: Aggregator;
  readonly #labels: Readonly<Record<string, string>>;

  constructor(inner: AnyMetric, aggregator: Aggregator, labels: Readonly<Record<string, string | number>>) {
    this.inner = inner;
    this.name = inner.name;
    this.help = inner.help;
    this.type = inner.type;
    this.aggregator = aggregator;
    this.#labels = Object.fromEntries(Object.entries(labels).map(([name, value]) => [name, String(value)]));
  }

  async get(): Promise<MetricObjectWithValues<MetricValue>> {
    const { name, help, type, aggregator } = this;
    const values = this.inner.read('', this.#labels).values.map((sample) => ({
      ...sample,
      labels: { ...sample.labels },
    }));
    return { name, help, type, values, aggregator };
  }

  reset(): void {
    this.inner.reset();
  }
}

/** Gauges with the name of a counter, which telltale's own runtime metrics leave out. */
const TOTALS = [
  { name: 'handles', read: () => lengthOf('_getActiveHandles') },
  { name: 'requests', read: () => lengthOf('_getActiveRequests') },
  { name: 'resources', read: () => process.getActiveResourcesInfo().length },
];

function lengthOf(method: '_getActiveHandles' | '_getActiveRequests'): number {
  return (process as unknown as Record<string, (() => unknown[]) | undefined>)[method]?.().length ?? 0;
}

/** How the figures of many workers become one. */
function aggregatorOf(name: string): Aggregator {
  if (name === 'process_start_time_seconds') return 'omit';
  if (name === 'nodejs_version_info') return 'first';
  const lag = /^nodejs_eventloop_lag_(?:(min|max)_)?/.exec(name);
  if (lag === null) return 'sum';
  return (lag[1] as 'min' | 'max' | undefined) ?? 'average';
}
