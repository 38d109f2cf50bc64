import type { Clock } from '../../common/clock.js';
import { invalidOption } from '../../common/errors.js';
import { checkFunction, checkInteger, checkOptions } from '../../common/options.js';
import type { RandomSource } from '../../common/random.js';
import { type RetryOptions, retryPolicy } from '../../common/retry.js';
import { QueryError } from '../errors.js';
import { Labels } from '../labels.js';
import {
  type LabelOptions,
  type MetricSource,
  type Moment,
  momentToMs,
  type SeriesOptions,
} from '../source.js';
import type { MetricMetadata } from '../store/metadata.js';
import { ApiClient } from './client.js';
import { decodeExemplars, decodeResult } from './decode.js';
import type { WireExemplars } from './wire.js';

export interface PrometheusSourceOptions {
  /** Where Prometheus is: `http://prometheus:9090`, with the path of a proxy if need be. */
  url: string | URL;
  /** Sent with every request; a function is asked before each, for tokens that expire. */
  headers?: Record<string, string> | (() => Record<string, string> | Promise<Record<string, string>>);
  /** Milliseconds for a whole request, further tries included. Default 30,000. */
  timeout?: number;
  /** How a server that is not there or too busy is tried again. Default three attempts; `false` for one. */
  retry?: RetryOptions | false;
  /** Default the host's `fetch`. */
  fetch?: typeof fetch;
  clock?: Clock;
  random?: RandomSource;
}

const OWNER = 'prometheusSource';

/**
 * Answers PromQL from a Prometheus, or whatever speaks its HTTP API (Thanos, Mimir, VictoriaMetrics).
 *
 * @example
 * const source = prometheusSource({ url: 'http://prometheus:9090', headers: { authorization: 'Bearer …' } });
 */
export function prometheusSource(options: PrometheusSourceOptions): MetricSource {
  const given = checkOptions(OWNER, options, [
    'url',
    'headers',
    'timeout',
    'retry',
    'fetch',
    'clock',
    'random',
  ]);
  const client = new ApiClient({
    url: checkUrl(given.url),
    headers: given.headers ?? {},
    timeout: checkInteger(OWNER, 'timeout', given.timeout, 30_000, { min: 1 }),
    retry: retryPolicy(OWNER, given.retry ?? { maxAttempts: 3, initialDelay: 200, maxDelay: 5000 }),
    fetch: checkFunction(OWNER, 'fetch', given.fetch) ?? fetch,
    clock: given.clock,
    random: given.random,
  });

  return {
    async query(query, request = {}) {
      const params = new URLSearchParams({ query });
      if (request.time !== undefined) params.set('time', seconds('time', request.time));
      return decodeResult(await client.request('POST', '/api/v1/query', params, request));
    },
    async queryRange(query, request) {
      const params = new URLSearchParams({
        query,
        start: seconds('start', request.start),
        end: seconds('end', request.end),
        step: String(request.step / 1000),
      });
      return decodeResult(await client.request('POST', '/api/v1/query_range', params, request));
    },
    async series(match, request = {}) {
      const answer = await client.request('POST', '/api/v1/series', selection(request, match), request);
      return (answer.data as Record<string, string>[]).map(Labels.from).sort((a, b) => a.compare(b));
    },
    async labelNames(request = {}) {
      const params = selection(request, request.match);
      return (await client.request('POST', '/api/v1/labels', params, request)).data as string[];
    },
    async labelValues(name, request: LabelOptions = {}) {
      const path = `/api/v1/label/${encodeURIComponent(labelInPath(name))}/values`;
      const params = selection(request, request.match);
      return (await client.request('GET', path, params, request)).data as string[];
    },
    async metadata(request = {}) {
      const answer = await client.request('GET', '/api/v1/metadata', new URLSearchParams(), request);
      return answer.data as Record<string, readonly MetricMetadata[]>;
    },
    async exemplars(query, request = {}) {
      const params = selection(request);
      params.set('query', query);
      const answer = await client.request('POST', '/api/v1/query_exemplars', params, request);
      return (answer.data as WireExemplars[]).map(decodeExemplars);
    },
  };
}

function checkUrl(given: string | URL): URL {
  try {
    const url = new URL(given);
    if (url.protocol === 'http:' || url.protocol === 'https:') return url;
  } catch {
    // Told below, as every other URL that will not do.
  }
  throw invalidOption(OWNER, 'url', given, 'an http: or https: URL');
}

function selection({ start, end }: SeriesOptions, match: string | readonly string[] = []): URLSearchParams {
  const params = new URLSearchParams();
  for (const selector of typeof match === 'string' ? [match] : match) params.append('match[]', selector);
  if (start !== undefined) params.set('start', seconds('start', start));
  if (end !== undefined) params.set('end', seconds('end', end));
  return params;
}

function seconds(name: string, moment: Moment): string {
  const ms = momentToMs(moment);
  if (!Number.isFinite(ms)) throw new QueryError('bad_data', `invalid parameter "${name}": not a time`);
  return String(Math.round(ms) / 1000);
}

/** Names that are not plain go into a path as `U__` and hexadecimal numbers (the "values" escaping scheme). */
function labelInPath(name: string): string {
  if (/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name) && !name.startsWith('U__')) return name;
  let escaped = 'U__';
  for (const character of name) {
    if (character === '_') escaped += '__';
    else
      escaped += /[a-zA-Z0-9:]/.test(character) ? character : `_${character.codePointAt(0)!.toString(16)}_`;
  }
  return escaped;
}
