import type { Cluster, Worker } from 'node:cluster';
import { messageOf } from '../../common/diagnostics.js';
import { aggregators } from './aggregators.js';
import { Registry, register } from './registry.js';
import type { MetricObjectWithValues, MetricValue, RegistryContentType } from './types.js';

type Collected = MetricObjectWithValues<MetricValue>;

const REQUEST = 'telltale:compat:getMetricsReq';
const RESPONSE = 'telltale:compat:getMetricsRes';
/** Milliseconds that workers have to answer. */
const DEADLINE = 5000;

interface Message {
  readonly type?: string;
  readonly requestId?: number;
  readonly metrics?: Collected[][];
  readonly error?: string;
}

interface Request {
  readonly waitingFor: Set<number>;
  readonly answers: Collected[][];
  settle(error?: Error): void;
}

let registries: readonly Registry[] | undefined;
let nextRequest = 0;
let listening: Promise<Cluster> | undefined;
const requests = /* @__PURE__ */ new Map<number, Request>();

/** prom-client's `AggregatorRegistry`: one scrape of the primary for all workers of `node:cluster`. */
export class AggregatorRegistry<C extends RegistryContentType = RegistryContentType> extends Registry<C> {
  constructor(contentType?: C) {
    super(contentType);
    listening ??= listen();
  }

  /** The metrics of all workers as one text. Rejects where a worker does not answer within 5 s. */
  async clusterMetrics(): Promise<string> {
    const { workers = {} } = await listening!;
    const asked = Object.values(workers as NodeJS.Dict<Worker>).filter((worker) => worker?.isConnected());
    if (asked.length === 0) return '';
    const answers = await ask(asked as Worker[]);
    return AggregatorRegistry.aggregate(answers, this.contentType).metrics();
  }

  /** A registry of what several others gave as JSON, each metric put together as its `aggregator` says. */
  static aggregate(
    metricsArr: readonly (readonly object[])[],
    contentType: RegistryContentType = Registry.PROMETHEUS_CONTENT_TYPE,
  ): Registry {
    const registry = new Registry(contentType);
    const byName = new Map<string, Collected[]>();
    for (const metric of metricsArr.flat() as Collected[]) {
      byName.set(metric.name, [...(byName.get(metric.name) ?? []), metric]);
    }
    for (const metrics of byName.values()) {
      const { aggregator } = metrics[0]!;
      const aggregate = aggregators[aggregator];
      if (aggregate === undefined) throw new Error(`'${aggregator}' is not a defined aggregator.`);
      const whole = aggregate(metrics);
      if (whole !== undefined) registry.registerMetric({ ...whole, get: () => whole, reset() {} });
    }
    return registry;
  }

  /** What a worker answers with: these registries in place of the global one. */
  static setRegistries(given: Registry | readonly Registry[]): void {
    const all = Array.isArray(given) ? given : [given];
    for (const registry of all) {
      if (!(registry instanceof Registry)) throw new TypeError(`Expected Registry, got ${typeof registry}`);
    }
    registries = all;
  }
}

function ask(workers: readonly Worker[]): Promise<Collected[][]> {
  return new Promise((resolve, reject) => {
    const requestId = nextRequest++;
    const timer = setTimeout(() => request.settle(new Error('Operation timed out.')), DEADLINE);
    const request: Request = {
      waitingFor: new Set(workers.map(({ id }) => id)),
      answers: [],
      settle(error) {
        clearTimeout(timer);
        requests.delete(requestId);
        if (error === undefined) resolve(request.answers);
        else reject(error);
      },
    };
    requests.set(requestId, request);
    for (const worker of workers) worker.send({ type: REQUEST, requestId });
  });
}

async function listen(): Promise<Cluster> {
  // Loaded at the first use only, as in prom-client: some hosts do not bear it.
  const { default: cluster } = await import('node:cluster');
  if (cluster.isPrimary) {
    cluster.on('message', (worker, message: Message) => {
      if (message?.type === RESPONSE) take(worker.id, message);
    });
    // One that dies while it is asked is not waited for.
    cluster.on('exit', (worker) => {
      for (const requestId of requests.keys()) take(worker.id, { requestId, metrics: [] });
    });
  }
  if (cluster.isWorker) {
    process.on('message', (message: Message) => {
      if (message?.type === REQUEST) void answer(message.requestId);
    });
  }
  return cluster;
}

function take(worker: number, { requestId, metrics, error }: Message): void {
  const request = requests.get(requestId!);
  if (request === undefined || !request.waitingFor.delete(worker)) return;
  request.answers.push(...(metrics ?? []));
  if (error !== undefined) request.settle(new Error(error));
  else if (request.waitingFor.size === 0) request.settle();
}

async function answer(requestId: number | undefined): Promise<void> {
  try {
    const metrics = await Promise.all(
      (registries ?? [register]).map((registry) => registry.getMetricsAsJSON()),
    );
    process.send?.({ type: RESPONSE, requestId, metrics });
  } catch (error) {
    process.send?.({ type: RESPONSE, requestId, error: messageOf(error) });
  }
}
