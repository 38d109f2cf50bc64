import type { IncomingMessage, ServerResponse } from 'node:http';
import { checkBoolean, checkFunction, checkInteger, checkOptions } from '../../common/options.js';
import type { MetricSource } from '../source.js';
import { QueryApi, type QueryApiOptions } from './api.js';
import type { WireAnswer } from './wire.js';

export interface QueryApiHandlerOptions extends QueryApiOptions {
  /** Whether others than this host may ask. Default false: who is not on the loopback is refused. */
  allowRemote?: boolean;
  /** Asked before every request; false refuses it with 401. Default: everybody may ask. */
  authorize?: (request: IncomingMessage) => boolean | Promise<boolean>;
  /** Requests worked on at once; further ones are refused with 503. Default 20. */
  maxConcurrent?: number;
  /** Bytes of a request's body at most. Default 1 MiB. */
  maxBodyBytes?: number;
}

/** Answers a request and says so; false where the path is not the API's and somebody else may answer. */
export type QueryApiHandler = (request: IncomingMessage, response: ServerResponse) => Promise<boolean>;

const OPTIONS = ['metadata', 'allowRemote', 'authorize', 'maxConcurrent', 'maxBodyBytes'] as const;

/**
 * Prometheus's HTTP API for a `node:http` server, read-only: a data source for Grafana.
 *
 * @example
 * const api = queryApiHandler(embeddedSource(store));
 * createServer(async (request, response) => {
 *   if (!(await api(request, response))) response.writeHead(404).end();
 * }).listen(9464, '127.0.0.1');
 */
export function queryApiHandler(source: MetricSource, options: QueryApiHandlerOptions = {}): QueryApiHandler {
  const owner = 'queryApiHandler';
  const given = checkOptions(owner, options, OPTIONS);
  const allowRemote = checkBoolean(owner, 'allowRemote', given.allowRemote, false);
  const authorize = checkFunction(owner, 'authorize', given.authorize) ?? (() => true);
  const maxConcurrent = checkInteger(owner, 'maxConcurrent', given.maxConcurrent, 20, { min: 1 });
  const maxBodyBytes = checkInteger(owner, 'maxBodyBytes', given.maxBodyBytes, 2 ** 20, { min: 1 });
  const api = new QueryApi(source, given);
  let running = 0;

  return async (request, response) => {
    const url = new URL(request.url ?? '/', 'http://localhost');
    if (!url.pathname.includes('/api/v1/')) return false;
    if (!allowRemote && !isLoopback(request.socket.remoteAddress)) {
      return refuse(response, 403, 'only this host may ask: set allowRemote to let others');
    }
    if (!(await authorized(authorize, request))) return refuse(response, 401, 'not authorized');
    if (request.method !== 'GET' && request.method !== 'POST' && request.method !== 'HEAD') {
      return refuse(response, 405, `method ${request.method} is not allowed`);
    }
    if (running >= maxConcurrent)
      return refuse(response, 503, `${maxConcurrent} requests are being worked on already`);
    running++;
    // Whoever goes away takes the query along.
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    try {
      const body = await readBody(request, maxBodyBytes);
      if (body === undefined) return refuse(response, 413, `the body is larger than ${maxBodyBytes} bytes`);
      for (const [name, value] of new URLSearchParams(body)) url.searchParams.append(name, value);
      const answer = await api.answer(url.pathname, url.searchParams, { signal: gone.signal });
      if (answer === undefined) return false;
      send(response, answer.status, answer.body, request.method === 'HEAD');
      return true;
    } catch (error) {
      if (gone.signal.aborted) return true;
      throw error;
    } finally {
      running--;
    }
  };
}

async function authorized(
  authorize: (request: IncomingMessage) => boolean | Promise<boolean>,
  request: IncomingMessage,
): Promise<boolean> {
  try {
    return (await authorize(request)) === true;
  } catch {
    return false;
  }
}

function isLoopback(address: string | undefined): boolean {
  // A socket that is not of the internet, such as a Unix one, has no address: it is of this host.
  return address === undefined || address === '::1' || /^(::ffff:)?127\./.test(address);
}

async function readBody(request: IncomingMessage, limit: number): Promise<string | undefined> {
  if (request.method !== 'POST') return '';
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > limit) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function refuse(response: ServerResponse, status: number, error: string): true {
  const errorType = status === 503 ? 'unavailable' : 'bad_data';
  send(response, status, { status: 'error', errorType, error }, false);
  return true;
}

function send(response: ServerResponse, status: number, body: WireAnswer, headOnly: boolean): void {
  if (response.headersSent || response.destroyed) return;
  const bytes = Buffer.from(JSON.stringify(body));
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': bytes.length });
  response.end(headOnly ? undefined : bytes);
}
