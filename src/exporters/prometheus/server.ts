import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import type { ServerOptions } from 'node:https';
import type { AddressInfo } from 'node:net';
import { Diagnostics, messageOf } from '../../common/diagnostics.js';
import { invalidOption, TelltaleError } from '../../common/errors.js';
import { checkBoolean, checkInteger, checkMethods, checkOptions, checkString } from '../../common/options.js';
import { answer } from './answer.js';
import { authorizer, checkAuth, type ScrapeAuth } from './authorize.js';
import type { Scrapable } from './handler.js';

/** What the server proves itself with; PEM texts or bytes. */
export interface ScrapeTlsOptions {
  cert: string | Uint8Array;
  key: string | Uint8Array;
  passphrase?: string;
  /** Authorities of the scrapers' certificates; where there are any, a scraper must show a certificate of theirs. */
  ca?: string | Uint8Array;
}

export interface PrometheusServerOptions {
  registry: Scrapable;
  /** Default 9464, the one set aside for OpenTelemetry's Prometheus exporters. 0 takes any that is free. */
  port?: number;
  /** The address to listen on. Default `127.0.0.1`: metrics are not for everybody. */
  host?: string;
  /** Default `/metrics`. */
  path?: string;
  /** What a scraper must show: `{ username, password }` or `{ token }`. Default: nothing. */
  auth?: ScrapeAuth;
  /** Serves `https:` instead of `http:`. */
  tls?: ScrapeTlsOptions;
  /** Let the process end while the server still listens. Default true: a scrape is no reason to live on. */
  unref?: boolean;
  diagnostics?: Diagnostics;
}

export interface PrometheusServer {
  /** Listens; a second call gives the same answer. Rejects with a `TelltaleError` where that is not possible. */
  start(): Promise<{ port: number }>;
  /** Ends every connection and listens no more. Never rejects. */
  stop(): Promise<void>;
}

const OWNER = 'prometheusServer';

/**
 * A small server of its own for scrapes.
 *
 * ```ts
 * const server = prometheusServer({ registry });
 * const { port } = await server.start(); // http://127.0.0.1:9464/metrics
 * await server.stop();
 * ```
 *
 * Beyond loopback, ask for a password or a token, and use TLS: labels tell a lot about a service.
 */
export function prometheusServer(options: PrometheusServerOptions): PrometheusServer {
  const checked = checkOptions(OWNER, options, [
    'registry',
    'port',
    'host',
    'path',
    'auth',
    'tls',
    'unref',
    'diagnostics',
  ]);
  const registry = checkMethods(OWNER, 'registry', checked.registry, ['metrics']);
  const port = checkInteger(OWNER, 'port', checked.port, 9464, { min: 0, max: 65535 });
  const host = checkString(OWNER, 'host', checked.host, '127.0.0.1');
  const path = checkString(OWNER, 'path', checked.path, '/metrics');
  if (!path.startsWith('/')) throw invalidOption(OWNER, 'path', path, 'a path that begins with /');
  const unref = checkBoolean(OWNER, 'unref', checked.unref, true);
  const diagnostics = checked.diagnostics ?? new Diagnostics();
  const credentials = checked.auth === undefined ? undefined : checkAuth(OWNER, checked.auth);
  const tls = checked.tls === undefined ? undefined : checkTls(checked.tls);
  let isAuthorized: (authorization: string | undefined) => boolean = () => true;
  let scrape: RequestListener;
  let server: Server | undefined;
  let started: Promise<{ port: number }> | undefined;

  function handle(request: IncomingMessage, response: ServerResponse): void {
    if (!isAuthorized(request.headers.authorization)) {
      response.setHeader('www-authenticate', `${credentials!.scheme} realm="metrics"`);
      answer(request, response, 401, 'metrics are not for everybody\n');
      return;
    }
    // A query is allowed: `/metrics?name[]=up`.
    if (request.url?.split('?', 1)[0] === path) void scrape(request, response);
    else answer(request, response, 404, `metrics are at ${path}\n`);
  }

  async function listen(): Promise<{ port: number }> {
    // Loaded here: `node:http` costs a start 5 ms where nothing else in the process uses it.
    const made: Server = tls
      ? secured((await import('node:https')).createServer, tls, handle)
      : (await import('node:http')).createServer(handle);
    if (credentials !== undefined) isAuthorized = await authorizer(credentials);
    // Likewise: a bundler that splits keeps the formats apart, 8 kB gzipped, until a server starts.
    scrape = (await import('./handler.js')).prometheusHandler(registry);
    server = made;
    if (unref) made.unref();
    return new Promise((resolve, reject) => {
      const refuse = (error: Error) => reject(startError(error, host, port));
      made.once('error', refuse);
      made.listen({ port, host }, () => {
        made.off('error', refuse);
        made.on('error', (error) => {
          diagnostics.report('scrape_server', `${host}:${port}`, 'The scrape server met an error', error);
        });
        resolve({ port: (made.address() as AddressInfo).port });
      });
    });
  }

  return {
    start() {
      started ??= listen().catch((error) => {
        started = undefined;
        throw error;
      });
      return started;
    },
    async stop() {
      await started?.catch(() => {}); // one that is about to listen could not be closed yet
      const ending = server;
      server = undefined;
      started = undefined;
      if (ending === undefined) return;
      await new Promise<void>((resolve) => {
        ending.close(() => resolve());
        ending.closeAllConnections();
      });
    },
  };
}

function checkTls(given: ScrapeTlsOptions): ServerOptions {
  const owner = `${OWNER}: tls`;
  const { ca, ...tls } = checkOptions(owner, given, ['cert', 'key', 'passphrase', 'ca']);
  for (const name of ['cert', 'key'] as const) {
    if (typeof tls[name] === 'string' || (tls[name] as unknown) instanceof Uint8Array) continue;
    throw invalidOption(owner, name, typeof tls[name], 'a PEM text, or its bytes');
  }
  return { ...tls, ...(ca === undefined ? {} : { ca, requestCert: true }) } as ServerOptions;
}

function secured(
  create: typeof import('node:https').createServer,
  tls: ServerOptions,
  handle: RequestListener,
): Server {
  try {
    return create(tls, handle);
  } catch (error) {
    const told = new TelltaleError(`${OWNER}: tls cannot be used: ${messageOf(error)}`, 'tls');
    told.cause = error;
    throw told;
  }
}

function startError(error: Error & { code?: string }, host: string, port: number): Error {
  const ways = {
    EADDRINUSE: 'is taken already; choose another with the option port, or 0 for any that is free',
    EACCES: 'may not be used by this user; choose one of 1024 or above with the option port',
    EADDRNOTAVAIL: 'cannot be listened on: the address is not of this machine; see the option host',
  } as Record<string, string | undefined>;
  const way = ways[error.code ?? ''] ?? `cannot be listened on: ${error.message}`;
  const wrong = error.code === 'EADDRNOTAVAIL' ? 'host' : 'port';
  const told = new TelltaleError(`${OWNER}: port ${port} of ${host} ${way}`, wrong);
  told.cause = error;
  return told;
}
