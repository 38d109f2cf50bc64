import {
  checkArray,
  checkBoolean,
  checkMethods,
  checkNumber,
  checkOneOf,
  checkOptions,
} from '../../common/options.js';
import type { AnyMetric } from '../any-metric.js';
import { Gauge } from '../gauge.js';
import { labelPair } from '../labels.js';
import { REGISTRY_OPTIONS, Registry, type RegistryOptions } from '../registry.js';
import { type ClusterAggregator, mergeMetrics, usualAggregator } from './merge.js';
import { type MetricSnapshot, snapshotOf, withLabels } from './snapshot.js';
import { StaticMetric } from './static-metric.js';
import { type ClusterLike, type ThreadLike, type WorkerState, Workers } from './workers.js';

export interface ClusterRegistryOptions extends Omit<RegistryOptions, 'prefix'> {
  /** `node:cluster` itself: all its workers are asked, those that come later included. */
  cluster?: ClusterLike;
  /** Threads of `node:worker_threads` to be asked; `addThread` takes more. */
  threads?: readonly ThreadLike[];
  /** A registry of the primary's own, taken in beside those of the workers. */
  include?: Registry;
  /**
   * How the values of several workers become one, by the name of the metric, in which `*` stands for anything; the
   * first name that fits counts. Default: histograms and summaries are merged, the rest is added up; the figures of
   * Node's event loop are averaged, versions and states taken once.
   */
  aggregators?: Readonly<Record<string, ClusterAggregator>>;
  /** Nothing is put together: each series bears the label `worker`. Default false. */
  perWorker?: boolean;
  /** Milliseconds that workers have to answer; of one that is silent the last values stand. Default 1,000. */
  deadline?: number;
}

const OWNER = 'ClusterRegistry';
const OWN_OPTIONS = ['cluster', 'threads', 'include', 'aggregators', 'perWorker', 'deadline'] as const;
const AGGREGATORS: readonly ClusterAggregator[] = ['sum', 'first', 'min', 'max', 'average', 'omit'];
const LASTING: readonly string[] = ['counter', 'histogram', 'native', 'summary'];

/**
 * The metrics of many workers in one registry, which is scraped and exported as any other: before each reading it
 * asks the workers, each of which has called `shareMetrics`.
 *
 * ```ts
 * const registry = new ClusterRegistry({ cluster }); // import cluster from 'node:cluster'
 * app.get('/metrics', prometheusHandler(registry));
 * ```
 *
 * A worker that does not answer in time is not waited for: its last values stand, and
 * `telltale_cluster_worker_age_seconds` tells how old they are (0 for all that answered). What workers have counted
 * stays counted when they end, so that totals never fall; their gauges go with them.
 */
export class ClusterRegistry extends Registry {
  readonly #workers: Workers;
  readonly #include: Registry | undefined;
  readonly #rules: readonly (readonly [matches: RegExp, aggregator: ClusterAggregator])[];
  readonly #perWorker: boolean;
  readonly #deadline: number;
  readonly #ages: Gauge<'worker'>;
  /** What workers that are gone have counted, by name. */
  readonly #departed = new Map<string, MetricSnapshot>();
  readonly #shown = new Map<string, StaticMetric>();

  constructor(options: ClusterRegistryOptions = {}) {
    const { cluster, threads, include, aggregators, perWorker, deadline, ...rest } = checkOptions(
      OWNER,
      options,
      [...OWN_OPTIONS, ...REGISTRY_OPTIONS.filter((option) => option !== 'prefix')],
    );
    super(rest);
    const { clock, diagnostics } = this.settings;
    this.#include = include && checkMethods(OWNER, 'include', include, ['collect', 'getMetricsAsArray']);
    this.#rules = Object.entries(aggregators ?? {}).map(([name, aggregator]) => {
      const parts = name.split('*').map((part) => part.replace(/[^\w:]/g, '\\$&'));
      const checked = checkOneOf(OWNER, `aggregators.${name}`, aggregator, 'sum', AGGREGATORS);
      return [new RegExp(`^${parts.join('.*')}$`), checked] as const;
    });
    this.#perWorker = checkBoolean(OWNER, 'perWorker', perWorker, false);
    this.#deadline = checkNumber(OWNER, 'deadline', deadline, 1000, { min: 1 });
    this.#ages = this.getOrCreate(Gauge, {
      name: 'telltale_cluster_worker_age_seconds',
      help: 'Age of what is known of a worker.',
      labelNames: ['worker'],
    });
    this.#workers = new Workers(clock, diagnostics, (worker) => this.#depart(worker));
    if (cluster !== undefined) {
      this.#workers.addCluster(checkMethods(OWNER, 'cluster', cluster, ['on', 'off']));
    }
    checkArray(OWNER, 'threads', threads, (thread) => this.addThread(thread));
    this.onCollect(OWNER, () => this.#gather());
  }

  /** Asks this thread as well from now on, until it ends. */
  addThread(thread: ThreadLike): void {
    this.#workers.addThread(checkMethods(OWNER, 'thread', thread, ['on', 'off', 'postMessage']));
  }

  /** Listens to no worker any more. What was shown last stays. */
  stop(): void {
    this.#workers.stop();
  }

  async #gather(): Promise<void> {
    const [own] = await Promise.all([
      this.#include === undefined ? [] : snapshotOf(this.#include),
      this.#workers.ask(this.#deadline),
    ]);
    const now = this.settings.clock.monotonic();
    const workers = this.#workers.all.filter(({ answeredAt }) => answeredAt > -Infinity);
    this.#ages.reset();
    for (const { id, fresh, answeredAt } of workers) {
      this.#ages.set({ worker: id }, fresh ? 0 : (now - answeredAt) / 1000);
    }
    const all: { id: string; metrics: readonly MetricSnapshot[] }[] = [...workers];
    if (this.#include !== undefined) all.unshift({ id: 'primary', metrics: own });
    if (!this.#perWorker) all.push({ id: 'departed', metrics: [...this.#departed.values()] });
    this.#show(
      all.flatMap(({ id, metrics }) =>
        this.#perWorker ? metrics.map((metric) => labelled(metric, id)) : metrics,
      ),
    );
  }

  #show(metrics: readonly MetricSnapshot[]): void {
    const gone = new Set(this.#shown.keys());
    for (const group of byName(metrics)) {
      const merged = mergeMetrics(group, this.#aggregatorOf(group[0]!), this.#tellOfShape);
      if (merged === undefined) continue;
      const { name } = merged;
      gone.delete(name);
      const known = this.#shown.get(name);
      if (known?.fits(merged)) {
        known.update(merged);
        continue;
      }
      try {
        if (known !== undefined) this.removeSingleMetric(name);
        const metric = new StaticMetric(merged, { settings: this.settings, registerMetric() {} });
        this.registerMetric(metric as unknown as AnyMetric);
        this.#shown.set(name, metric);
      } catch (error) {
        this.settings.diagnostics.report('cluster_metric', name, `${name} is left out`, error);
      }
    }
    for (const name of gone) {
      this.#shown.delete(name);
      this.removeSingleMetric(name);
    }
  }

  #aggregatorOf({ name, kind }: MetricSnapshot): ClusterAggregator {
    const rule = this.#rules.find(([matches]) => matches.test(name));
    return rule === undefined ? usualAggregator(name, kind) : rule[1];
  }

  /** In the middle of a deployment, say, which changes buckets: only one of them can be shown. */
  readonly #tellOfShape = ({ name }: MetricSnapshot): void => {
    const what = `${name} is of another kind, or has other buckets, in some workers: what they count is left out`;
    this.settings.diagnostics.report('cluster_shape', name, what);
  };

  #depart(worker: WorkerState): void {
    for (const metric of worker.metrics) {
      if (!LASTING.includes(metric.kind)) continue;
      const before = this.#departed.get(metric.name);
      const merged = mergeMetrics(
        before === undefined ? [metric] : [before, metric],
        'sum',
        this.#tellOfShape,
      );
      this.#departed.set(metric.name, merged!);
    }
  }
}

function byName(metrics: readonly MetricSnapshot[]): Iterable<MetricSnapshot[]> {
  const groups = new Map<string, MetricSnapshot[]>();
  for (const metric of metrics) {
    const group = groups.get(metric.name);
    if (group === undefined) groups.set(metric.name, [metric]);
    else group.push(metric);
  }
  return groups.values();
}

function labelled(metric: MetricSnapshot, worker: string): MetricSnapshot {
  const pairs = [labelPair('worker', worker)];
  return {
    ...metric,
    labelNames: [...metric.labelNames, 'worker'],
    series: metric.series.map((series) => ({ ...series, text: withLabels(series.text, pairs) })),
  };
}
