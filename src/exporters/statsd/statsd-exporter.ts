import { Diagnostics } from '../../common/diagnostics.js';
import { invalidOption } from '../../common/errors.js';
import { type ExportResult, successOf } from '../../common/export.js';
import { checkInteger, checkOneOf, checkOptions, checkString } from '../../common/options.js';
import { withoutTelemetry } from '../../common/suppression.js';
import {
  CUMULATIVE,
  DELTA,
  type PushMetricExporter,
  type ResourceMetrics,
} from '../../metrics/resource-metrics.js';
import { ExportsUnderWay } from '../exports-under-way.js';
import { datagramWire } from '../syslog/datagram-wire.js';
import { type StatsdDialect, statsdLines } from './lines.js';

export interface StatsdOptions {
  /** Default `127.0.0.1`. */
  host?: string;
  /** Default 8125. */
  port?: number;
  /** `dogstatsd`, also read by Telegraf, Vector and the Collector, has tags. Default `dogstatsd`. */
  dialect?: StatsdDialect;
  /** Put before every name: `shop.`. Default: nothing. */
  prefix?: string;
  /** Tags of every line. Default: `service`, from the resource. */
  tags?: Readonly<Record<string, string>>;
  /** Bytes of one datagram at most. Default 1,432, which fits the packets of an Ethernet; 8,192 is good on loopback. */
  maxDatagramBytes?: number;
  /** Told of what could not be sent. */
  diagnostics?: Diagnostics;
}

const OWNER = 'statsdExporter';

/**
 * Sends metrics to a StatsD or DogStatsD server over UDP, aggregated: one line for each series that changed, and
 * not one for each call. For `metrics.exporters` of `createTelemetry` and for `periodicExporter`.
 *
 * ```ts
 * metrics: { interval: 10_000, exporters: [statsdExporter({ host: 'datadog-agent' })] }
 * ```
 *
 * UDP loses what it likes; what the system itself could not send is counted and told.
 *
 * @throws TelltaleError for wrong options
 */
export function statsdExporter(options?: StatsdOptions): PushMetricExporter {
  const given = checkOptions(OWNER, options, [
    'host',
    'port',
    'dialect',
    'prefix',
    'tags',
    'maxDatagramBytes',
    'diagnostics',
  ]);
  const host = checkString(OWNER, 'host', given.host, '127.0.0.1');
  const port = checkInteger(OWNER, 'port', given.port, 8125, { min: 1, max: 65_535 });
  const dialect = checkOneOf(OWNER, 'dialect', given.dialect, 'dogstatsd', ['dogstatsd', 'statsd']);
  const { prefix = '', tags, diagnostics = new Diagnostics() } = given;
  if (typeof prefix !== 'string' || !/^[\w.-]*$/.test(prefix)) {
    throw invalidOption(OWNER, 'prefix', prefix, 'letters, digits, dots, _ and -');
  }
  if (tags !== undefined && (tags === null || typeof tags !== 'object')) {
    throw invalidOption(OWNER, 'tags', tags, 'an object of strings');
  }
  const most = checkInteger(OWNER, 'maxDatagramBytes', given.maxDatagramBytes, 1432, {
    min: 64,
    max: 65_507,
  });
  const wire = datagramWire(host, port);
  const underWay = new ExportsUnderWay();
  let closed = false;

  async function send({ resource, scopeMetrics }: ResourceMetrics): Promise<ExportResult> {
    if (closed) throw new Error(`${OWNER} was shut down`);
    const shared = tags ?? { service: String(resource.attributes['service.name'] ?? '') };
    const lines = scopeMetrics.flatMap(({ metrics }) =>
      metrics.flatMap((metric) => statsdLines(metric, { dialect, prefix, tags: shared })),
    );
    const { datagrams, tooLong } = packed(lines, most);
    const { again = [], refused = [] } = await withoutTelemetry(() => wire.send(datagrams));
    const lost = again.length + refused.length;
    if (tooLong > 0) tell('too_long', tooLong, 'lines are longer than a datagram');
    if (lost > 0) tell('unsent', lost, `datagrams could not be sent to ${host}:${port}`);
    return successOf(lost + tooLong);
  }

  function tell(reason: string, count: number, what: string): void {
    const help = 'StatsD lines or datagrams that could not be sent.';
    diagnostics.counter('telltale_statsd_lost_total', help, { reason }).value += count;
    diagnostics.report(`statsd_${reason}`, `${host}:${port}`, `${count} ${what}`);
  }

  return {
    export(metrics, resultCallback) {
      underWay.answer(send(metrics), resultCallback);
    },
    // StatsD counts what it is told; up-down counters are gauges to it.
    selectAggregationTemporality: (type) =>
      /^(OBSERVABLE_)?COUNTER$|^HISTOGRAM$/.test(type) ? DELTA : CUMULATIVE,
    async forceFlush() {
      await underWay.settled();
    },
    async shutdown() {
      closed = true;
      await underWay.settled();
      await wire.close();
    },
  };
}

/** Lines joined to datagrams of at most so many bytes. */
function packed(lines: readonly string[], most: number): { datagrams: Buffer[]; tooLong: number } {
  const datagrams: Buffer[] = [];
  let text = '';
  let bytes = 0;
  let tooLong = 0;
  for (const line of lines) {
    const length = Buffer.byteLength(line);
    if (length > most) {
      tooLong++;
      continue;
    }
    if (bytes > 0 && bytes + 1 + length > most) {
      datagrams.push(Buffer.from(text));
      text = '';
      bytes = 0;
    }
    text += bytes > 0 ? `\n${line}` : line;
    bytes += (bytes > 0 ? 1 : 0) + length;
  }
  if (bytes > 0) datagrams.push(Buffer.from(text));
  return { datagrams, tooLong };
}
