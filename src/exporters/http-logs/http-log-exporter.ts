import { Diagnostics } from '../../common/diagnostics.js';
import { checkFunction, checkOneOf, checkOptions, checkString } from '../../common/options.js';
import type { ReadableLogRecord } from '../../logs/readable-log-record.js';
import { stringify } from '../../logs/stringify.js';
import { HTTP_OPTIONS, type HttpExporterOptions, httpTransport, urlWithPath } from '../http-options.js';
import { type LogExporter, type LogExporterOptions, logExporter } from '../log-exporter.js';
import { plainRecord } from '../record-json.js';

export interface HttpLogExporterOptions extends LogExporterOptions, HttpExporterOptions {
  /** Where to post to. */
  url: string;
  /** `ndjson` (the default) is a line of JSON for each record, `json` an array of them. */
  format?: 'ndjson' | 'json';
  /** What is sent of a record. Default: `plainRecord`, and the resource's attributes under `resource`. */
  map?: (record: ReadableLogRecord) => object;
  /** The content type. Default: `application/x-ndjson` or `application/json`. */
  contentType?: string;
  /** Names the back end in counters and warnings. Default `http`. */
  name?: string;
}

const OWNER = 'httpLogExporter';

/**
 * Posts log records as JSON to any URL: Vector, Fluent Bit, Logstash, Datadog, Better Stack, a service of your
 * own.
 *
 * ```ts
 * httpLogExporter({ url: 'https://logs.example.com/in', headers: { authorization: `Bearer ${token}` } });
 * ```
 *
 * A success (2xx) is a delivery; 429, 502, 503 and 504 are tried again; 400, 413 and 422 make it look for the
 * record that is at fault; anything else is final.
 *
 * @throws TelltaleError for wrong options
 */
export function httpLogExporter(options: HttpLogExporterOptions): LogExporter {
  const given = checkOptions(OWNER, options, [
    ...HTTP_OPTIONS,
    'url',
    'format',
    'map',
    'contentType',
    'name',
    'onRefused',
    'diagnostics',
  ]);
  const { map = withResource } = given;
  const isArray = checkOneOf(OWNER, 'format', given.format, 'ndjson', ['ndjson', 'json']) === 'json';
  checkFunction(OWNER, 'map', map);
  checkFunction(OWNER, 'onRefused', given.onRefused);
  const contentType = checkString(
    OWNER,
    'contentType',
    given.contentType,
    isArray ? 'application/json' : 'application/x-ndjson',
  );
  const diagnostics = given.diagnostics ?? new Diagnostics();
  const transport = httpTransport(OWNER, urlWithPath(OWNER, given.url, '/'), given, { diagnostics });
  return logExporter(
    {
      name: checkString(OWNER, 'name', given.name, 'http'),
      async send(records, signal) {
        const lines = records.map((record) => stringify(map(record)));
        const text = isArray ? `[${lines.join(',')}]` : `${lines.join('\n')}\n`;
        await transport.post(Buffer.from(text), contentType, signal, records.length);
      },
      flush: () => transport.flush(),
      close: () => transport.close(),
    },
    { ...given, diagnostics },
  );
}

function withResource(record: ReadableLogRecord): object {
  const plain = plainRecord(record);
  const resource = record.resource?.attributes;
  return resource === undefined || 'resource' in plain ? plain : { ...plain, resource };
}
