import { Diagnostics } from '../../common/diagnostics.js';
import { invalidOption } from '../../common/errors.js';
import { HTTP_URL, httpUrl } from '../../common/http-transport.js';
import { checkBoolean, checkFunction, checkOneOf, checkOptions, checkString } from '../../common/options.js';
import { cryptoRandom, type RandomSource } from '../../common/random.js';
import type { ReadableLogRecord } from '../../logs/readable-log-record.js';
import { stringify } from '../../logs/stringify.js';
import { HTTP_OPTIONS, type HttpExporterOptions, httpTransport } from '../http-options.js';
import { type LogExporter, type LogExporterOptions, logExporter } from '../log-exporter.js';
import { readBulkAnswer, tellRefused } from './bulk-answer.js';
import { ecsDocument } from './document.js';

export interface ElasticsearchExporterOptions extends LogExporterOptions, HttpExporterOptions {
  /** The address of Elasticsearch or OpenSearch, as `https://elastic:9200`. */
  url: string;
  /** The data stream or index, or a function that names it for each record. Default `logs-telltale-default`. */
  index?: string | ((record: ReadableLogRecord) => string);
  /** `create` (the default) is what data streams take; `index` overwrites a document of the same id. */
  operation?: 'create' | 'index';
  /** An API key, as Elasticsearch gives it: the one that is called `encoded`. */
  apiKey?: string;
  /** An ingest pipeline to send the documents through. */
  pipeline?: string;
  /**
   * Gives every record an id of its own, so that one that is sent twice, because the answer was lost, is kept
   * once. Elasticsearch then looks for the id at every record, which it need not do for ids it makes itself.
   * Default false.
   */
  deduplicate?: boolean;
  /** Makes the document of a record. Default: `ecsDocument`, Elastic Common Schema. */
  document?: (record: ReadableLogRecord) => object;
  /** Where ids come from. */
  random?: RandomSource;
}

const OWNER = 'elasticsearchExporter';

/** What is told of each document; without it the answer repeats every index, id and shard. */
const FILTER = 'errors,items.*.status,items.*.error.type,items.*.error.reason';

/** Enough for some 10,000 documents that are refused, each with its reason. */
const MAX_ANSWER = 8 * 1024 * 1024;

/**
 * Sends log records to Elasticsearch or OpenSearch by its bulk API, as documents of Elastic Common Schema.
 *
 * ```ts
 * exporterSink({ exporter: elasticsearchExporter({ url: 'https://elastic:9200', apiKey }) });
 * ```
 *
 * The answer is read document by document: those that a full queue turned away (429) are sent again, alone; those
 * that are refused for good (a mapping conflict) are set aside, see `onRefused`.
 *
 * API: https://www.elastic.co/docs/api/doc/elasticsearch/operation/operation-bulk
 *
 * @throws TelltaleError for wrong options
 */
export function elasticsearchExporter(options: ElasticsearchExporterOptions): LogExporter {
  const given = checkOptions(OWNER, options, [
    ...HTTP_OPTIONS,
    'url',
    'index',
    'operation',
    'apiKey',
    'pipeline',
    'deduplicate',
    'document',
    'random',
    'onRefused',
    'diagnostics',
  ]);
  const { index = 'logs-telltale-default', document = ecsDocument } = given;
  const diagnostics = given.diagnostics ?? new Diagnostics();
  const operation = checkOneOf(OWNER, 'operation', given.operation, 'create', ['create', 'index']);
  const apiKey = checkString(OWNER, 'apiKey', given.apiKey, '');
  const withIds = checkBoolean(OWNER, 'deduplicate', given.deduplicate, false);
  checkFunction(OWNER, 'document', document);
  checkFunction(OWNER, 'onRefused', given.onRefused);
  if (typeof index !== 'function') checkString(OWNER, 'index', index, '');
  const transport = httpTransport(OWNER, bulkUrl(given), given, {
    maxAnswerBytes: MAX_ANSWER,
    diagnostics,
    onSpoolAnswer: (answer) => tellRefused(answer.body, withIds, diagnostics),
    ...(apiKey === '' ? {} : { baseHeaders: { authorization: `ApiKey ${apiKey}` } }),
  });
  const idOf = withIds ? recordIds(given.random ?? cryptoRandom()) : () => undefined;

  function encode(records: readonly ReadableLogRecord[]): Uint8Array {
    let body = '';
    for (const record of records) {
      const action: { _index: string; _id?: string } = {
        _index: typeof index === 'function' ? index(record) : index,
      };
      const id = idOf(record);
      if (id !== undefined) action._id = id;
      body += `{"${operation}":${JSON.stringify(action)}}\n${stringify(document(record))}\n`;
    }
    return Buffer.from(body);
  }

  return logExporter(
    {
      name: 'elasticsearch',
      async send(records, signal) {
        const answer = await transport.post(encode(records), 'application/x-ndjson', signal, records.length);
        return answer.spooled ? {} : readBulkAnswer(answer.body, records, withIds);
      },
      flush: () => transport.flush(),
      close: () => transport.close(),
    },
    { ...given, diagnostics },
  );
}

function bulkUrl({ url: given, pipeline }: ElasticsearchExporterOptions): string {
  if (typeof given !== 'string') throw invalidOption(OWNER, 'url', given, HTTP_URL);
  const url = httpUrl(OWNER, 'url', given);
  if (!/\/_bulk$/.test(url.pathname)) url.pathname = `${url.pathname.replace(/\/+$/, '')}/_bulk`;
  url.searchParams.set('filter_path', FILTER);
  const name = checkString(OWNER, 'pipeline', pipeline, '');
  if (name !== '') url.searchParams.set('pipeline', name);
  return url.href;
}

/** 128 random bits for each record, the same however often it is sent. */
function recordIds(random: RandomSource): (record: ReadableLogRecord) => string {
  const known = new WeakMap<ReadableLogRecord, string>();
  return (record) => {
    let id = known.get(record);
    if (id === undefined) {
      const bytes = Buffer.allocUnsafe(16);
      for (let at = 0; at < 16; at += 4) bytes.writeInt32LE(random.int32(), at);
      id = bytes.toString('base64url');
      known.set(record, id);
    }
    return id;
  };
}
