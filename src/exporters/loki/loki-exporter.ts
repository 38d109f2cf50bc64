import { Diagnostics } from '../../common/diagnostics.js';
import {
  checkArray,
  checkFunction,
  checkInteger,
  checkOneOf,
  checkOptions,
  checkString,
} from '../../common/options.js';
import type { ReadableLogRecord } from '../../logs/readable-log-record.js';
import { HTTP_OPTIONS, type HttpExporterOptions, httpTransport, urlWithPath } from '../http-options.js';
import { type LogExporter, type LogExporterOptions, logExporter } from '../log-exporter.js';
import { lokiBody } from './encode.js';
import { lokiLabels } from './labels.js';

export interface LokiExporterOptions extends LogExporterOptions, HttpExporterOptions {
  /** Loki's address, as `http://loki:3100`; `/loki/api/v1/push` is appended where there is no path. */
  url: string;
  /** The tenant, sent as `X-Scope-OrgID`, where Loki has several. */
  tenant?: string;
  /** Labels that every stream carries. */
  labels?: Record<string, string>;
  /**
   * Attributes of the record or of the resource that become labels, besides `level`. Their values must be few:
   * every combination is a stream of its own in Loki. Default: `service.name`, `service.namespace` and
   * `deployment.environment.name`.
   */
  labelsFrom?: readonly string[];
  /** Distinct values that a label may take on; further ones become `other`. Default 100. */
  maxLabelValues?: number;
  /**
   * Attributes that become structured metadata, which is made for what has very many values, besides `trace_id`
   * and `span_id` of the current span. `false` for a Loki before 3.0, which does not take any by default: then
   * the ids stand in the line. Default: none but the ids.
   */
  structuredMetadata?: readonly string[] | false;
  /**
   * What a line looks like: `json` (the default) holds message and attributes, for LogQL's `| json`; `message` is
   * the message alone, and every attribute becomes structured metadata; or a function that makes the line.
   */
  line?: 'json' | 'message' | ((record: ReadableLogRecord) => string);
  /** Bytes of a line at most; a longer one is cut and says so. Default 262,144, Loki's own default. */
  maxLineBytes?: number;
}

const OWNER = 'lokiExporter';

/**
 * Sends log records to Grafana Loki, or whatever takes its push API.
 *
 * ```ts
 * const telemetry = createTelemetry({
 *   service: { name: 'checkout', environment: 'production' },
 *   logs: { exporters: [lokiExporter({ url: 'http://loki:3100' })] },
 * });
 * ```
 *
 * Labels stay few: service, environment and level. Trace ids go into structured metadata, where their number does
 * no harm. Loki drops a line that it has already, so lines of the same millisecond are sent a nanosecond apart.
 *
 * It speaks the push API's JSON, gzipped, and not protobuf with snappy: gzip packs closer, and runs in libuv's
 * threads instead of the event loop.
 *
 * API: https://grafana.com/docs/loki/latest/reference/loki-http-api/#ingest-logs
 *
 * @throws TelltaleError for wrong options
 */
export function lokiExporter(options: LokiExporterOptions): LogExporter {
  const given = checkOptions(OWNER, options, [
    ...HTTP_OPTIONS,
    'url',
    'tenant',
    'labels',
    'labelsFrom',
    'maxLabelValues',
    'structuredMetadata',
    'line',
    'maxLineBytes',
    'onRefused',
    'diagnostics',
  ]);
  const { structuredMetadata = [], line } = given;
  const diagnostics = given.diagnostics ?? new Diagnostics();
  checkFunction(OWNER, 'onRefused', given.onRefused);
  if (structuredMetadata !== false) {
    checkArray(OWNER, 'structuredMetadata', structuredMetadata, (name, path) =>
      checkString(OWNER, path, name, ''),
    );
  }
  const tenant = checkString(OWNER, 'tenant', given.tenant, '');
  const transport = httpTransport(OWNER, urlWithPath(OWNER, given.url, '/loki/api/v1/push'), given, {
    diagnostics,
    ...(tenant === '' ? {} : { baseHeaders: { 'x-scope-orgid': tenant } }),
  });
  const encode = lokiBody({
    labels: lokiLabels({
      owner: OWNER,
      fixed: given.labels,
      from: given.labelsFrom,
      maxValues: checkInteger(OWNER, 'maxLabelValues', given.maxLabelValues, 100, { min: 1 }),
      diagnostics,
    }),
    metadata: structuredMetadata,
    line:
      typeof line === 'function'
        ? line
        : checkOneOf<'json' | 'message'>(OWNER, 'line', line, 'json', ['json', 'message']),
    maxLineBytes: checkInteger(OWNER, 'maxLineBytes', given.maxLineBytes, 262_144, { min: 256 }),
  });
  return logExporter(
    {
      name: 'loki',
      async send(records, signal) {
        await transport.post(encode(records), 'application/json', signal, records.length);
      },
      flush: () => transport.flush(),
      close: () => transport.close(),
    },
    { ...given, diagnostics },
  );
}
