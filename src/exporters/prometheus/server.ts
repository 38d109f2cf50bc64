import type { Server } from 'node:http';
import type { ServerOptions } from 'node:https';
import type { AddressInfo } from 'node:net';
import { Diagnostics } from '../../common/diagnostics.js';
import { invalidOption } from '../../common/errors.js';
import { checkBoolean, checkInteger, checkMethods, checkOptions, checkString } from '../../common/options.js';
import { checkAuth, type ScrapeAuth } from './authorize.js';
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
  let server: Server | undefined;
  let started: Promise<{ port: number }> | undefined;

  async function listen(): Promise<{ port: number }> {
    // Loaded here: `node:http` costs a start 5 ms where nothing else in the process uses it, and a bundler that splits
    // keeps the formats apart, 9 kB gzipped, until a server starts.
    const { openServer } = await import('./open-server.js');
    server = await openServer(OWNER, { registry, port, host, path, unref, diagnostics, credentials, tls });
    return { port: (server.address() as AddressInfo).port };
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
