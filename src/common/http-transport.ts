import type { Agent, ClientRequest, IncomingMessage, RequestOptions } from 'node:http';
import { promisify } from 'node:util';
import { type Clock, systemClock } from './clock.js';
import type { Diagnostics } from './diagnostics.js';
import { invalidOption } from './errors.js';
import { RetryableExportError } from './export.js';
import { classifyResponse, type HttpAnswer } from './http-answer.js';
import { checkNumbers } from './number-table.js';
import { AN_OBJECT, checkRule, hasMethods, oneOf } from './options.js';
import type { OpenSpool, Spool, SpooledRequest } from './spool/spool.js';
import { withoutTelemetry } from './suppression.js';
import { checkTls, type TlsOptions } from './tls-options.js';

export type HttpHeaders = Record<string, string>;

export interface HttpTransportOptions {
  /** Who owns the transport, for messages. */
  owner?: string;
  /** Where to post to; `http:` or `https:`. Name and password in it are sent as basic authentication. */
  url: string;
  /** What is shown of the address, where its path is a secret. Default: all of it but password and query. */
  shownAs?: string;
  /** Sent with every request; a function is asked before each, for tokens that expire. */
  headers?: HttpHeaders | (() => HttpHeaders | Promise<HttpHeaders>);
  /** Sent where `headers` does not say otherwise; checked already, names in lower case. */
  baseHeaders?: HttpHeaders;
  /** Sent whatever `headers` says, for what the protocol fixes; names in lower case. */
  fixedHeaders?: HttpHeaders;
  /** Default `POST`. */
  method?: 'POST' | 'PUT' | 'DELETE';
  /** Another try may help after every status from 500 on, and not only after those that OTLP names. */
  retryAll5xx?: boolean;
  /** Default `none`. Bodies under a kilobyte are never compressed. */
  compression?: 'none' | 'gzip';
  /** Milliseconds for a whole request, connecting included. Default 10,000. */
  timeout?: number;
  /** Bytes of an answer that are read at most; the rest is left alone. Default 65,536. */
  maxAnswerBytes?: number;
  tls?: TlsOptions;
  /** Connections, for a proxy for example. Default: an agent of its own that keeps them alive. */
  agent?: Agent;
  /** Keeps what cannot be sent now: `diskSpool` from `telltale/spool`. Default: none, and `post` rejects. */
  spool?: Spool | undefined;
  /** Told of successful answers to requests that the spool sent later: nobody else hears of them. */
  onSpoolAnswer?: (answer: HttpAnswer) => void;
  clock?: Clock;
  /** Told of the spool's troubles. */
  diagnostics?: Diagnostics;
}

export const COMPRESSIONS = ['none', 'gzip'] as const;

/** What `httpUrl` accepts. */
export const HTTP_URL = 'a URL that starts with http:// or https://';

/** Bodies smaller than this gain nothing from gzip: its own frame is 18 bytes, the packet is sent anyway. */
const COMPRESS_FROM = 1024;

/** Bytes of an answer that are read at most, unless told otherwise. */
const MAX_ANSWER_BYTES = 65_536;

/**
 * Posts bytes to one URL of a back end, over connections that are kept alive. Makes no telemetry of its own.
 * Redirects are not followed: what is sent may be secret, and a redirect may lead anywhere.
 *
 * What went wrong comes as `RetryableExportError` where another try may help (429, 502, 503, 504, no connection,
 * no answer in time), and as an `HttpError` where it does not.
 *
 * Specification: https://opentelemetry.io/docs/specs/otlp/#otlphttp-response
 */
export class HttpTransport {
  /** Where it posts to, without name, password and query: safe to show. */
  readonly address: string;
  readonly #url: URL;
  readonly #options: HttpTransportOptions;
  readonly #timeout: number;
  readonly #clock: Clock;
  readonly #spool: OpenSpool | undefined;
  #agent: Agent | undefined;

  constructor(options: HttpTransportOptions) {
    const { owner = 'HttpTransport', clock = systemClock, spool } = options;
    this.#options = options;
    this.#url = httpUrl(owner, 'url', options.url);
    this.address = options.shownAs ?? this.#url.origin + this.#url.pathname;
    const { headers = {} } = options;
    if (typeof headers !== 'function') checkHeaders(owner, headers);
    checkRule(owner, 'compression', options.compression ?? 'none', oneOf(...COMPRESSIONS));
    this.#timeout = checkNumbers<'timeout'>(owner, '', options, { timeout: [10_000, 1] }).timeout;
    checkTls(owner, options.tls);
    this.#clock = clock;
    this.#agent = options.agent;
    if (spool === undefined) return;
    checkRule(owner, 'spool', spool, hasMethods('open'));
    this.#spool = spool.open({
      name: owner,
      address: this.address,
      send: (request, signal) => this.#send(request, signal),
      answered: (answer) => options.onSpoolAnswer?.(answer),
      clock,
      diagnostics: options.diagnostics,
    });
  }

  /**
   * Posts the body and gives the answer of a success (2xx); or, with a spool, one that says `spooled: true`. The
   * body must not change until it settles.
   *
   * @param items spans, records or points in it, for the books of a spool
   */
  async post(body: Uint8Array, contentType: string, signal?: AbortSignal, items = 1): Promise<HttpAnswer> {
    const headers: HttpHeaders = { 'content-type': contentType };
    const request = { body, headers, items };
    if (this.#options.compression === 'gzip' && body.length >= COMPRESS_FROM) {
      headers['content-encoding'] = 'gzip';
      request.body = await compressed(body);
    }
    return this.#spool === undefined ? this.#send(request, signal) : this.#spool.deliver(request, signal);
  }

  /** Tries to send what the spool keeps; see `OpenSpool.flush`. */
  async flush(): Promise<void> {
    await this.#spool?.flush();
  }

  /** Closes the spool, and the connections that nobody uses. */
  async close(): Promise<void> {
    await this.#spool?.close();
    if (this.#options.agent !== undefined) return;
    this.#agent?.destroy();
    this.#agent = undefined;
  }

  async #send(request: SpooledRequest, signal?: AbortSignal): Promise<HttpAnswer> {
    const deadline = new AbortController();
    const timer = this.#clock.setTimeout(
      () => deadline.abort(new Error(`no answer within ${this.#timeout} ms`)),
      this.#timeout,
    );
    const stop = signal === undefined ? deadline.signal : AbortSignal.any([signal, deadline.signal]);
    let answer: HttpAnswer;
    try {
      answer = await withoutTelemetry(() => this.#exchange(request, stop));
    } catch (error) {
      // No answer at all: another try may help.
      const cause = (stop.aborted ? stop.reason : error) as NodeJS.ErrnoException | undefined;
      const why = cause?.message || cause?.code || 'the connection failed';
      throw new RetryableExportError(`${this.address}: ${why}`, undefined, { cause });
    } finally {
      timer.cancel();
    }
    return classifyResponse(this.address, answer, this.#clock.now(), this.#options.retryAll5xx);
  }

  async #exchange(request: SpooledRequest, signal: AbortSignal): Promise<HttpAnswer> {
    const { headers: given, baseHeaders, fixedHeaders, method = 'POST', tls } = this.#options;
    const headers: HttpHeaders = { 'user-agent': 'telltale', ...baseHeaders };
    const asked = typeof given === 'function' ? await given() : given;
    for (const [name, value] of Object.entries(asked ?? {})) headers[name.toLowerCase()] = value;
    Object.assign(headers, fixedHeaders, request.headers);
    const bytes = request.body;
    headers['content-length'] = String(bytes.length);
    // Loaded at the first request: `node:http` costs a start 5 ms where nothing else in the process uses it.
    const secure = this.#url.protocol === 'https:';
    const http = secure ? await import('node:https') : await import('node:http');
    for (;;) {
      signal.throwIfAborted();
      this.#agent ??= new http.Agent({ keepAlive: true, maxSockets: 8 });
      const options = { method, headers, agent: this.#agent, signal, ...tls };
      const outgoing = http.request(this.#url, options as RequestOptions);
      try {
        return await answerOf(outgoing, bytes, this.#options.maxAnswerBytes ?? MAX_ANSWER_BYTES);
      } catch (error) {
        // The back end had closed a kept connection just before it was used again: nothing was sent.
        const stale = /^(ECONNRESET|EPIPE)$/.test((error as NodeJS.ErrnoException).code ?? '');
        if (!outgoing.reusedSocket || !stale) throw error;
      }
    }
  }
}

/** Sends the request, and reads as much of the answer as is wanted. */
async function answerOf(outgoing: ClientRequest, bytes: Uint8Array, maxBytes: number): Promise<HttpAnswer> {
  const incoming = await new Promise<IncomingMessage>((resolve, reject) => {
    outgoing.on('response', resolve).on('error', reject).end(bytes);
  });
  const chunks: Uint8Array[] = [];
  let room = maxBytes;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    chunks.push(chunk.subarray(0, room));
    room -= chunk.length;
    if (room < 0) break; // which ends the connection
  }
  const { statusCode, headers } = incoming;
  return { status: statusCode!, headers, body: Buffer.concat(chunks), written: outgoing.writableFinished };
}

async function compressed(body: Uint8Array): Promise<Uint8Array> {
  const { gzip } = await import('node:zlib');
  // In a thread of libuv's pool, not in the event loop. Level 3: OTLP of 512 spans shrinks to 13.1 % of its size
  // instead of 12.3 %, in 1.2 ms instead of 2.9 ms of processor time at the default level.
  return promisify(gzip)(body, { level: 3 });
}

/** Checks that a text is a URL for HTTP. */
export function httpUrl(owner: string, option: string, given: string): URL {
  if (/^https?:/i.test(given) && URL.canParse(given)) return new URL(given);
  throw invalidOption(owner, option, given, HTTP_URL);
}

function checkHeaders(owner: string, headers: HttpHeaders): void {
  checkRule(owner, 'headers', headers, ['an object of strings, or a function', AN_OBJECT[1]]);
  for (const [name, value] of Object.entries(headers)) {
    checkRule(owner, `headers["${name}"]`, value, ['a valid HTTP header', () => isHeader(name, value)]);
  }
}

/** A token as the name, and no control characters or characters above Latin-1 in the value (RFC 9110, 5.5). */
export function isHeader(name: string, value: unknown): value is string {
  return (
    typeof value === 'string' && /^[!#$%&'*+.^`|~\w-]+$/.test(name) && /^[\t\x20-\x7e\x80-\xff]*$/.test(value)
  );
}
