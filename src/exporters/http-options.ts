import type { Agent } from 'node:http';
import type { Clock } from '../common/clock.js';
import { invalidOption } from '../common/errors.js';
import {
  HTTP_URL,
  type HttpHeaders,
  HttpTransport,
  type HttpTransportOptions,
  httpUrl,
} from '../common/http-transport.js';
import type { Spool } from '../common/spool/spool.js';
import type { TlsOptions } from '../common/tls-options.js';

/** What exporters that post to a URL have in common. */
export interface HttpExporterOptions {
  /** Sent with every request; a function is asked before each, for tokens that expire. */
  headers?: HttpHeaders | (() => HttpHeaders | Promise<HttpHeaders>);
  /** Default `gzip`. */
  compression?: 'none' | 'gzip';
  /** Milliseconds for one request. Default 10,000. */
  timeout?: number;
  tls?: TlsOptions;
  /** Connections, for a proxy for example. Default: an agent of its own that keeps them alive. */
  agent?: Agent;
  /**
   * Keeps what cannot be sent now, on disk for example: `diskSpool` from `telltale/spool`. A request that was kept
   * and is refused later is not split any more: it is counted as refused, whole. Default: none.
   */
  spool?: Spool;
  clock?: Clock;
}

export const HTTP_OPTIONS = ['headers', 'compression', 'timeout', 'tls', 'agent', 'spool', 'clock'] as const;

/** A transport to the URL with these options; `more` is what the exporter itself has to say. */
export function httpTransport(
  owner: string,
  url: string,
  options: HttpExporterOptions,
  more: Pick<
    HttpTransportOptions,
    | 'baseHeaders'
    | 'fixedHeaders'
    | 'method'
    | 'compression'
    | 'retryAll5xx'
    | 'maxAnswerBytes'
    | 'onSpoolAnswer'
    | 'diagnostics'
  >,
): HttpTransport {
  const { headers, compression = 'gzip', timeout, tls, agent, spool, clock } = options;
  return new HttpTransport({
    owner,
    url,
    compression,
    ...more,
    spool,
    ...(headers === undefined ? {} : { headers }),
    ...(timeout === undefined ? {} : { timeout }),
    ...(tls === undefined ? {} : { tls }),
    ...(agent === undefined ? {} : { agent }),
    ...(clock === undefined ? {} : { clock }),
  });
}

/** Checks a URL; where it has no path it gets one. */
export function urlWithPath(owner: string, given: string, path: string): string {
  if (typeof given !== 'string') throw invalidOption(owner, 'url', given, HTTP_URL);
  const url = httpUrl(owner, 'url', given);
  if (url.pathname === '/') url.pathname = path;
  return url.href;
}
