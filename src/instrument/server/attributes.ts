import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Attributes, Span } from '@opentelemetry/api';
import { type HostAndPort, OTHER_METHOD, parseHost, protocolVersion, redactQuery } from '../semconv.js';
import type { ServerSettings } from './options.js';

/** The attributes that a server span has from its start, where samplers can see them. */
export class ServerAttributes {
  readonly #settings: ServerSettings;
  /** The last `Host` header and what it says; nearly every request of a server names the same. */
  #host = '';
  #parsedHost: HostAndPort = { address: '', port: undefined };

  constructor(settings: ServerSettings) {
    this.#settings = settings;
  }

  of(
    request: IncomingMessage,
    method: string,
    path: string,
    query: string,
    route: string | undefined,
  ): Attributes {
    const settings = this.#settings;
    const { headers } = request;
    const attributes: Attributes = {
      'http.request.method': method,
      'url.scheme': schemeOf(request, settings.trustProxy),
      'url.path': path,
      'network.protocol.version': protocolVersion(request.httpVersion),
    };
    if (method === OTHER_METHOD) attributes['http.request.method_original'] = request.method;
    if (route !== undefined) attributes['http.route'] = route;
    if (query !== '') attributes['url.query'] = redactQuery(query, settings.sensitive);
    const host = hostOf(request, settings.trustProxy);
    if (host !== undefined) {
      const { address, port } = this.#parseHost(host);
      if (address !== '') attributes['server.address'] = address;
      if (port !== undefined) attributes['server.port'] = port;
    }
    const client = clientAddress(request, settings.trustProxy);
    if (client !== undefined) attributes['client.address'] = client;
    const agent = headers['user-agent'];
    if (agent !== undefined) attributes['user_agent.original'] = agent;
    for (const name of settings.requestHeaders) {
      const value = headers[name];
      if (value !== undefined) attributes[`http.request.header.${name}`] = listOf(value);
    }
    return attributes;
  }

  /** The response headers that the user asked for. */
  setResponseHeaders(span: Span, response: ServerResponse): void {
    for (const name of this.#settings.responseHeaders) {
      const value = response.getHeader(name);
      if (value !== undefined) span.setAttribute(`http.response.header.${name}`, listOf(value));
    }
  }

  #parseHost(host: string): HostAndPort {
    if (host !== this.#host) {
      this.#host = host;
      this.#parsedHost = parseHost(host);
    }
    return this.#parsedHost;
  }
}

/** The path of a request's target without its query; of an absolute target too. */
export function pathOf(target: string): string {
  let start = 0;
  if (target.charCodeAt(0) !== 0x2f /* / */) {
    const scheme = target.indexOf('://');
    if (scheme !== -1) {
      start = target.indexOf('/', scheme + 3);
      if (start === -1) return '/';
    }
  }
  const question = target.indexOf('?', start);
  return question === -1
    ? start === 0
      ? target
      : target.slice(start)
    : target.slice(start, question) || '/';
}

/** The query of a request's target, without its question mark. */
export function queryOf(target: string): string {
  const question = target.indexOf('?');
  return question === -1 ? '' : target.slice(question + 1);
}

function schemeOf(request: IncomingMessage, trustProxy: boolean): string {
  if (trustProxy) {
    const forwarded = forwardedField(request, 'proto') ?? firstOf(request.headers['x-forwarded-proto']);
    if (forwarded !== undefined) return forwarded;
  }
  return (request.socket as { encrypted?: boolean } | null)?.encrypted === true ? 'https' : 'http';
}

function hostOf(request: IncomingMessage, trustProxy: boolean): string | undefined {
  const { headers } = request;
  if (trustProxy) {
    const forwarded = forwardedField(request, 'host') ?? firstOf(headers['x-forwarded-host']);
    if (forwarded !== undefined) return forwarded;
  }
  return headers.host ?? (headers[':authority'] as string | undefined);
}

function clientAddress(request: IncomingMessage, trustProxy: boolean): string | undefined {
  if (trustProxy) {
    const forwarded = forwardedField(request, 'for');
    if (forwarded !== undefined) return parseHost(forwarded).address;
    const first = firstOf(request.headers['x-forwarded-for']);
    if (first !== undefined) return first;
  }
  return request.socket?.remoteAddress;
}

/** A field of the first element of a `Forwarded` header (RFC 7239), unquoted. */
function forwardedField(request: IncomingMessage, name: string): string | undefined {
  const first = firstOf(request.headers.forwarded);
  if (first === undefined) return undefined;
  for (const pair of first.split(';')) {
    const equals = pair.indexOf('=');
    if (equals === -1 || pair.slice(0, equals).trim().toLowerCase() !== name) continue;
    const value = pair.slice(equals + 1).trim();
    const unquoted = value.startsWith('"') && value.endsWith('"') ? value.slice(1, -1) : value;
    return unquoted === '' ? undefined : unquoted;
  }
  return undefined;
}

/** The first of the values that proxies have joined by commas. */
function firstOf(header: string | readonly string[] | undefined): string | undefined {
  const text = typeof header === 'object' ? header[0] : header;
  if (text === undefined) return undefined;
  const comma = text.indexOf(',');
  const first = (comma === -1 ? text : text.slice(0, comma)).trim();
  return first === '' ? undefined : first;
}

function listOf(value: number | string | readonly string[]): string[] {
  return typeof value === 'object' ? [...value] : [String(value)];
}
