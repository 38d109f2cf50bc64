import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Diagnostics } from '../../common/diagnostics.js';
import { invalidOption, TelltaleError } from '../../common/errors.js';
import { checkBoolean, checkInteger, checkMethods, checkOptions, checkString } from '../../common/options.js';
import { answer, prometheusHandler, type Scrapable } from './handler.js';

export interface PrometheusServerOptions {
  registry: Scrapable;
  /** Default 9464, the one set aside for OpenTelemetry's Prometheus exporters. 0 takes any that is free. */
  port?: number;
  /** The address to listen on. Default `127.0.0.1`: metrics are not for everybody. */
  host?: string;
  /** Default `/metrics`. */
  path?: string;
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
 */
export function prometheusServer(options: PrometheusServerOptions): PrometheusServer {
  const checked = checkOptions(OWNER, options, ['registry', 'port', 'host', 'path', 'unref', 'diagnostics']);
  const registry = checkMethods(OWNER, 'registry', checked.registry, ['metrics']);
  const port = checkInteger(OWNER, 'port', checked.port, 9464, { min: 0, max: 65535 });
  const host = checkString(OWNER, 'host', checked.host, '127.0.0.1');
  const path = checkString(OWNER, 'path', checked.path, '/metrics');
  if (!path.startsWith('/')) throw invalidOption(OWNER, 'path', path, 'a path that begins with /');
  const unref = checkBoolean(OWNER, 'unref', checked.unref, true);
  const diagnostics = checked.diagnostics ?? new Diagnostics();
  const scrape = prometheusHandler(registry);
  let server: Server | undefined;
  let started: Promise<{ port: number }> | undefined;

  function handle(request: IncomingMessage, response: ServerResponse): void {
    // A query is allowed: `/metrics?name[]=up`.
    if (request.url?.split('?', 1)[0] === path) void scrape(request, response);
    else answer(request, response, 404, `metrics are at ${path}\n`);
  }

  async function listen(): Promise<{ port: number }> {
    // Loaded here: `node:http` costs a start 5 ms where nothing else in the process uses it.
    const { createServer } = await import('node:http');
    const made = createServer(handle);
    server = made;
    if (unref) made.unref();
    return new Promise((resolve, reject) => {
      const refuse = (error: Error) => {
        started = undefined;
        reject(startError(error, host, port));
      };
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
      started ??= listen();
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
