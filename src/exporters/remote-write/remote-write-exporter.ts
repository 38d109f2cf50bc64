import { systemClock } from '../../common/clock.js';
import { Diagnostics, messageOf } from '../../common/diagnostics.js';
import { invalidOption } from '../../common/errors.js';
import { type ExportResult, successOf } from '../../common/export.js';
import { checkInteger, checkOneOf, checkOptions } from '../../common/options.js';
import { cryptoRandom, type RandomSource } from '../../common/random.js';
import { type RetryOptions, retryAfterOf, retryDelay, retryPolicy } from '../../common/retry.js';
import { CUMULATIVE, type PushMetricExporter, type ResourceMetrics } from '../../metrics/resource-metrics.js';
import { ExportsUnderWay } from '../exports-under-way.js';
import { HTTP_OPTIONS, type HttpExporterOptions, httpTransport, urlWithPath } from '../http-options.js';
import { encodeVersion1, encodeVersion2 } from './encode.js';
import { snappy } from './snappy.js';
import { type WriteSeries, writeSeries } from './write-series.js';

export interface RemoteWriteOptions extends Omit<HttpExporterOptions, 'compression'> {
  /** The receiver's address; `/api/v1/write`, Prometheus' own, is appended where there is no path. */
  url: string;
  /** The protocol: 1 is taken by everybody, 2 is smaller and tells what metrics are. Default 1. */
  version?: '1.0' | '2.0';
  /** Labels of every series that does not have them itself. Default: `job` and `instance` from the resource. */
  externalLabels?: Readonly<Record<string, string>>;
  /** Series in one request at most. Default 2,000. */
  maxSeries?: number;
  /**
   * How a request that fails is tried again where there is no `spool`; `false` for never. Default: for 20 seconds,
   * for then `periodicExporter` is about to give up.
   */
  retry?: RetryOptions | false;
  random?: RandomSource;
  /** Told of series that were left out or refused. */
  diagnostics?: Diagnostics;
}

/** What `remoteWriteExporter` makes. */
export interface RemoteWriteExporter extends PushMetricExporter {
  export(
    metrics: ResourceMetrics,
    resultCallback: (result: ExportResult) => void,
    signal?: AbortSignal,
  ): void;
}

const OWNER = 'remoteWriteExporter';

/** A receiver of version 2.0 says here how many samples it wrote. */
const WRITTEN = 'x-prometheus-remote-write-samples-written';
const UNCONFIRMED =
  'The receiver takes remote write 2.0 and does not say what it wrote: it may know 1.0 only and have dropped it all; ' +
  'use version 1.0';

/**
 * Writes metrics into a Prometheus (started with `--web.enable-remote-write-receiver`), Mimir, Thanos,
 * VictoriaMetrics, or whatever takes Prometheus remote write. For `metrics.exporters` of `createTelemetry`, for
 * `periodicExporter`, and for OpenTelemetry's own SDK.
 *
 * ```ts
 * const telemetry = createTelemetry({
 *   service: { name: 'checkout' },
 *   metrics: { interval: 15_000, exporters: [remoteWriteExporter({ url: 'http://prometheus:9090' })] },
 * });
 * ```
 *
 * A service that is scraped needs none of this. What cannot be sent is kept by the option `spool`, if there is one,
 * and sent in order later.
 *
 * @throws TelltaleError for wrong options
 */
export function remoteWriteExporter(options: RemoteWriteOptions): RemoteWriteExporter {
  const given = checkOptions(OWNER, options, [
    ...HTTP_OPTIONS.filter((name) => name !== 'compression'),
    'url',
    'version',
    'externalLabels',
    'maxSeries',
    'retry',
    'random',
    'diagnostics',
  ]);
  const version = checkOneOf(OWNER, 'version', given.version, '1.0', ['1.0', '2.0']);
  const external = checkLabels(given.externalLabels);
  const maxSeries = checkInteger(OWNER, 'maxSeries', given.maxSeries, 2000, { min: 1 });
  const policy = retryPolicy(OWNER, given.retry ?? { maxElapsed: 20_000 });
  const { diagnostics = new Diagnostics(), clock = systemClock, random = cryptoRandom() } = given;
  const first = version === '1.0';
  const transport = httpTransport(OWNER, urlWithPath(OWNER, given.url, '/api/v1/write'), given, {
    compression: 'none',
    diagnostics,
    // A receiver that fails is to be asked again, whatever its trouble.
    retryAll5xx: true,
    fixedHeaders: {
      'content-encoding': 'snappy',
      'x-prometheus-remote-write-version': first ? '0.1.0' : '2.0.0',
    },
  });
  const contentType = first
    ? 'application/x-protobuf'
    : 'application/x-protobuf;proto=io.prometheus.write.v2.Request';
  const encode = first ? encodeVersion1 : encodeVersion2;
  const underWay = new ExportsUnderWay();
  const waiting = new Set<() => void>();
  let closed = false;

  async function send(metrics: ResourceMetrics, signal: AbortSignal | undefined): Promise<ExportResult> {
    if (closed) throw new Error(`${OWNER} was shut down`);
    const { series, unfit } = writeSeries(metrics, { ...resourceLabels(metrics), ...external });
    if (unfit > 0) {
      count('unfit', unfit);
      const message = `${unfit} series could not be read, or are not cumulative`;
      diagnostics.report('remote_write_unfit', transport.address, message);
    }
    let refused = 0;
    let failure: unknown;
    for (let i = 0; i < series.length; i += maxSeries) {
      const some = series.slice(i, i + maxSeries);
      try {
        await deliver(some, signal);
      } catch (error) {
        // The others may be taken: it is often one series that a receiver does not like.
        count('refused', some.length);
        refused += some.length;
        failure = error;
      }
    }
    if (refused > 0) {
      // Whoever called is told by this, and tells of it.
      const message = `${refused} of ${series.length} series were not taken: ${messageOf(failure)}`;
      throw new Error(message, { cause: failure });
    }
    return successOf(unfit);
  }

  async function deliver(some: readonly WriteSeries[], signal: AbortSignal | undefined): Promise<void> {
    const body = snappy(encode(some));
    const begun = clock.monotonic();
    for (let attempt = 1; ; attempt++) {
      try {
        const { headers, spooled } = await transport.post(body, contentType, signal, some.length);
        if (!first && !spooled && headers[WRITTEN] === undefined) {
          diagnostics.report('remote_write_version', transport.address, UNCONFIRMED);
        }
        return;
      } catch (error) {
        const asked = retryAfterOf(error);
        if (asked === undefined || attempt >= policy.maxAttempts || signal?.aborted || closed) throw error;
        const delay = retryDelay(policy, attempt, random, asked);
        if (clock.monotonic() - begun + delay > policy.maxElapsed) throw error;
        await pause(delay);
      }
    }
  }

  /** Ends early at shutdown, which is worth a last try. */
  async function pause(ms: number): Promise<void> {
    let wake = () => {};
    const timer = clock.setTimeout(() => wake(), ms);
    await new Promise<void>((resolve) => {
      wake = resolve;
      waiting.add(wake);
    });
    waiting.delete(wake);
    timer.cancel();
  }

  function count(reason: string, series: number): void {
    const help = 'Series that remote write left out or could not deliver.';
    diagnostics.counter('telltale_remote_write_series_lost_total', help, { reason }).value += series;
  }

  return {
    export(metrics, resultCallback, signal) {
      underWay.answer(send(metrics, signal), resultCallback);
    },
    selectAggregationTemporality: () => CUMULATIVE,
    async forceFlush() {
      await underWay.settled();
      await transport.flush();
    },
    async shutdown() {
      closed = true;
      for (const wake of waiting) wake();
      await underWay.settled();
      await transport.close();
    },
  };
}

/** `job` and `instance`, as OpenTelemetry's specification makes them of a resource. */
function resourceLabels({ resource }: ResourceMetrics): Record<string, string> {
  const text = (name: string) => String(resource.attributes[name] ?? '');
  const namespace = text('service.namespace');
  const name = text('service.name');
  return {
    job: namespace === '' ? name : `${namespace}/${name}`,
    instance: text('service.instance.id'),
  };
}

function checkLabels(labels: Readonly<Record<string, string>> | undefined): Readonly<Record<string, string>> {
  if (labels === undefined) return {};
  if (labels === null || typeof labels !== 'object') {
    throw invalidOption(OWNER, 'externalLabels', labels, 'an object of strings');
  }
  for (const [name, value] of Object.entries(labels)) {
    if (/^(?!__)[a-z_]\w*$/i.test(name) && typeof value === 'string') continue;
    throw invalidOption(
      OWNER,
      `externalLabels[${JSON.stringify(name)}]`,
      value,
      'a string; its name of letters, digits and _',
    );
  }
  return { ...labels };
}
