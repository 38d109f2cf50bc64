import { messageOf } from '../../common/diagnostics.js';
import { QueryError, type QueryErrorType } from '../errors.js';
import type { QueryResult } from '../result.js';
import type { MetricSource, RequestOptions } from '../source.js';
import type { MetricMetadata } from '../store/metadata.js';
import { encodeExemplars, encodeResult } from './encode.js';
import { Params } from './params.js';
import type { WireAnswer } from './wire.js';

export interface QueryApiOptions {
  /** The metadata of every metric, by name. Default: what the source knows. */
  metadata?: () => Readonly<Record<string, readonly MetricMetadata[]>>;
}

/** An answer of the API: its HTTP status and its JSON. */
export interface ApiAnswer {
  readonly status: number;
  readonly body: WireAnswer;
}

const STATUS: Readonly<Record<QueryErrorType, number>> = {
  bad_data: 400,
  execution: 422,
  timeout: 503,
  canceled: 499,
  unavailable: 503,
  not_found: 404,
  internal: 500,
};

/**
 * The reading half of Prometheus's HTTP API over any source: `/api/v1/query`, `query_range`, `series`, `labels`,
 * `label/<name>/values`, `metadata`, `query_exemplars` and `status/buildinfo`, as Grafana and others ask for them.
 *
 * Knows nothing of servers: `answer` takes a path and parameters. `queryApiHandler` puts it behind `node:http`.
 *
 * Spec: https://prometheus.io/docs/prometheus/3.5/querying/api/
 */
export class QueryApi {
  readonly #source: MetricSource;
  readonly #metadata: QueryApiOptions['metadata'];

  constructor(source: MetricSource, options: QueryApiOptions = {}) {
    this.#source = source;
    this.#metadata = options.metadata;
  }

  /** Answers a request; `undefined` for paths that are not the API's. Never rejects. */
  async answer(
    path: string,
    params: URLSearchParams,
    options: RequestOptions = {},
  ): Promise<ApiAnswer | undefined> {
    const endpoint = /\/api\/v1\/(.+?)\/?$/.exec(path)?.[1];
    if (endpoint === undefined) return undefined;
    try {
      const body = await this.#route(endpoint, new Params(params), options);
      return body === undefined ? undefined : { status: 200, body };
    } catch (error) {
      // By its type: the source may be of the other copy of telltale, ESM or CJS, whose class is another.
      const { type: own } = (error ?? {}) as Partial<QueryError>;
      const type = own !== undefined && Object.hasOwn(STATUS, own) ? own : 'internal';
      return { status: STATUS[type], body: { status: 'error', errorType: type, error: messageOf(error) } };
    }
  }

  async #route(endpoint: string, params: Params, options: RequestOptions): Promise<WireAnswer | undefined> {
    const request = { ...options, ...timeoutOf(params) };
    switch (endpoint) {
      case 'query': {
        const time = params.time('time');
        const at = time === undefined ? {} : { time };
        return succeeded(await this.#source.query(params.required('query'), { ...request, ...at }));
      }
      case 'query_range': {
        const [start, end] = [params.requiredTime('start'), params.requiredTime('end')];
        const step = params.duration('step');
        if (end < start) throw invalid('end', 'end timestamp must not be before start time');
        if (step === undefined) throw invalid('step', 'cannot parse "" to a valid duration');
        if (step <= 0) {
          throw invalid(
            'step',
            'zero or negative query resolution step widths are not accepted. Try a positive integer',
          );
        }
        const query = params.required('query');
        return succeeded(await this.#source.queryRange(query, { ...request, start, end, step }));
      }
      case 'series':
        return this.#series(params, request);
      case 'labels':
        return list(await this.#source.labelNames({ ...request, ...selection(params) }), params);
      case 'metadata':
        return { status: 'success', data: await this.#metadataOf(params, request) };
      case 'query_exemplars':
        return this.#exemplars(params, request);
      case 'status/buildinfo':
        // Grafana asks which dialect it may speak: that of Prometheus 3.5.
        return {
          status: 'success',
          data: { version: '3.5.0', revision: '', branch: 'telltale', goVersion: '' },
        };
      default: {
        const label = /^label\/(.+)\/values$/.exec(endpoint)?.[1];
        if (label === undefined) return undefined;
        const name = unescapeLabel(decodeURIComponent(label));
        return list(await this.#source.labelValues(name, { ...request, ...selection(params) }), params);
      }
    }
  }

  async #series(params: Params, request: RequestOptions): Promise<WireAnswer> {
    const match = params.all('match[]');
    if (match.length === 0) throw new QueryError('bad_data', 'no match[] parameter provided');
    const series = await this.#source.series(match, { ...request, ...times(params) });
    return list(
      series.map((labels) => labels.toObject()),
      params,
    );
  }

  async #metadataOf(
    params: Params,
    request: RequestOptions,
  ): Promise<Record<string, readonly MetricMetadata[]>> {
    const [wanted, limit, perMetric] = [
      params.text('metric'),
      params.limit(),
      params.limit('limit_per_metric'),
    ];
    const known = this.#metadata?.() ?? (await this.#source.metadata?.(request)) ?? {};
    const entries = Object.entries(known).filter(([name]) => wanted === undefined || name === wanted);
    const cut = limit > 0 ? entries.slice(0, limit) : entries;
    return Object.fromEntries(
      perMetric > 0 ? cut.map(([name, list]) => [name, list.slice(0, perMetric)]) : cut,
    );
  }

  async #exemplars(params: Params, request: RequestOptions): Promise<WireAnswer> {
    const query = params.required('query');
    const found = (await this.#source.exemplars?.(query, { ...request, ...times(params) })) ?? [];
    return { status: 'success', data: found.map(encodeExemplars) };
  }
}

function succeeded(result: QueryResult): WireAnswer {
  return {
    status: 'success',
    data: encodeResult(result),
    ...(result.warnings.length > 0 ? { warnings: result.warnings } : {}),
    ...(result.infos.length > 0 ? { infos: result.infos } : {}),
  };
}

function list(data: readonly unknown[], params: Params): WireAnswer {
  const limit = params.limit();
  if (limit === 0 || data.length <= limit) return { status: 'success', data };
  return { status: 'success', data: data.slice(0, limit), warnings: ['results truncated due to limit'] };
}

function selection(params: Params) {
  const match = params.all('match[]');
  return { ...times(params), ...(match.length > 0 ? { match } : {}) };
}

function times(params: Params) {
  const [start, end] = [params.time('start'), params.time('end')];
  return { ...(start === undefined ? {} : { start }), ...(end === undefined ? {} : { end }) };
}

function timeoutOf(params: Params): { timeout?: number } {
  const timeout = params.duration('timeout');
  return timeout === undefined ? {} : { timeout };
}

function invalid(name: string, reason: string): QueryError {
  return new QueryError('bad_data', `invalid parameter "${name}": ${reason}`);
}

/** The name behind the "values" escaping scheme: `U__http_2e_status` is `http.status`. */
function unescapeLabel(name: string): string {
  if (!name.startsWith('U__')) return name;
  return name
    .slice(3)
    .replace(/__|_([0-9a-fA-F]{1,6})_/g, (_whole, hex?: string) =>
      hex === undefined ? '_' : String.fromCodePoint(Math.min(Number.parseInt(hex, 16), 0x10ffff)),
    );
}
