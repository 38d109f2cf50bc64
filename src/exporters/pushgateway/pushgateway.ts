import type { HttpTransport } from '../../common/http-transport.js';
import { checkMethods, checkOneOf, checkOptions, checkString } from '../../common/options.js';
import { HTTP_OPTIONS, type HttpExporterOptions, httpTransport, urlWithPath } from '../http-options.js';
import { chooseFormat } from '../prometheus/accept.js';
import { type MetricSource, scrape } from '../prometheus/scrape.js';
import { type Grouping, groupingPath } from './grouping-path.js';

export interface PushgatewayOptions extends Omit<HttpExporterOptions, 'spool' | 'compression'> {
  /** The gateway's address, as `http://pushgateway:9091`; `/metrics` is appended where there is no path. */
  url: string;
  registry: MetricSource;
  /** What the group is called, where a call does not say. */
  jobName?: string;
  /** Further labels of the group, such as `instance`, where a call does not say. */
  groupings?: Grouping;
  /** `protobuf` carries native histograms. Default `text`. */
  format?: 'text' | 'protobuf';
}

/** Which group, where it is another than that of the options. */
export interface PushGroup {
  jobName?: string;
  groupings?: Grouping;
}

export interface Pushgateway {
  /** Puts the registry's metrics in place of all that the group has. */
  push(group?: PushGroup): Promise<void>;
  /** Puts them in place of those of the same names; others of the group stay. */
  pushAdd(group?: PushGroup): Promise<void>;
  /** Takes the whole group away. */
  delete(group?: PushGroup): Promise<void>;
}

const OWNER = 'pushgateway';

/**
 * Pushes metrics of a job that is too short to be scraped to a Prometheus Pushgateway. Every call settles within
 * `timeout` and rejects where the gateway could not be reached or refused: with a `RetryableExportError` where
 * another try may help, with an `HttpError` where it will not.
 *
 * ```ts
 * const gateway = pushgateway({ url: 'http://pushgateway:9091', registry, jobName: 'backup' });
 * await gateway.pushAdd();
 * ```
 *
 * @throws TelltaleError for wrong options
 */
export function pushgateway(options: PushgatewayOptions): Pushgateway {
  const given = checkOptions(OWNER, options, [
    ...HTTP_OPTIONS.filter((name) => name !== 'spool' && name !== 'compression'),
    'url',
    'registry',
    'jobName',
    'groupings',
    'format',
  ]);
  const registry = checkMethods(OWNER, 'registry', given.registry, ['collect', 'getMetricsAsArray']);
  const base = urlWithPath(OWNER, given.url, '/metrics').replace(/\/+$/, '');
  if (given.jobName !== undefined) checkString(OWNER, 'jobName', given.jobName, '');
  groupingPath(OWNER, 'job', given.groupings ?? {});
  const format = checkOneOf(OWNER, 'format', given.format, 'text', ['text', 'protobuf']);
  const { contentType } = chooseFormat(format === 'text' ? 'text/plain' : PROTOBUF);
  // Wrong headers and the like are to be told now, not at the first push.
  httpTransport(OWNER, base, given, { compression: 'none' });

  async function send(method: 'PUT' | 'POST' | 'DELETE', group: PushGroup = {}): Promise<void> {
    const { jobName, groupings } = checkOptions(`${OWNER}: ${method}`, group, ['jobName', 'groupings']);
    const job = checkString(OWNER, 'jobName', jobName ?? given.jobName ?? '', '');
    const url = base + groupingPath(OWNER, job, groupings ?? given.groupings ?? {});
    const transport: HttpTransport = httpTransport(OWNER, url, given, { compression: 'none', method });
    try {
      const chunks: Buffer[] = [];
      if (method !== 'DELETE') for await (const chunk of scrape(registry, format)) chunks.push(chunk);
      await transport.post(Buffer.concat(chunks), contentType);
    } finally {
      // A job that pushes is about to end: a connection kept alive would be in its way.
      await transport.close();
    }
  }

  return {
    push: (group) => send('PUT', group),
    pushAdd: (group) => send('POST', group),
    delete: (group) => send('DELETE', group),
  };
}

const PROTOBUF =
  'application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited';
