import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import type { ServerOptions } from 'node:https';
import { type Diagnostics, messageOf } from '../../common/diagnostics.js';
import { TelltaleError } from '../../common/errors.js';
import { answer } from './answer.js';
import type { Credentials } from './authorize.js';
import { authorizer } from './authorizer.js';
import { prometheusHandler, type Scrapable } from './handler.js';

/** What a scrape server is to be; checked already. */
export interface ServerPlan {
  readonly registry: Scrapable;
  readonly port: number;
  readonly host: string;
  readonly path: string;
  readonly unref: boolean;
  readonly diagnostics: Diagnostics;
  readonly credentials: Credentials | undefined;
  readonly tls: ServerOptions | undefined;
}

/** Makes a server that listens. Rejects with a `TelltaleError` where that is not possible. */
export async function openServer(owner: string, plan: ServerPlan): Promise<Server> {
  const { port, host, path, credentials, tls, diagnostics } = plan;
  const isAuthorized = credentials === undefined ? () => true : await authorizer(credentials);
  const scrape = prometheusHandler(plan.registry);

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

  // Loaded here, for a bundler that does not split hoists what a module imports.
  const server: Server = tls
    ? secured(owner, (await import('node:https')).createServer, tls, handle)
    : (await import('node:http')).createServer(handle);
  if (plan.unref) server.unref();
  return new Promise((resolve, reject) => {
    const refuse = (error: Error) => reject(startError(owner, error, host, port));
    server.once('error', refuse);
    server.listen({ port, host }, () => {
      server.off('error', refuse);
      server.on('error', (error) => {
        diagnostics.report('scrape_server', `${host}:${port}`, 'The scrape server met an error', error);
      });
      resolve(server);
    });
  });
}

function secured(
  owner: string,
  create: typeof import('node:https').createServer,
  tls: ServerOptions,
  handle: RequestListener,
): Server {
  try {
    return create(tls, handle);
  } catch (error) {
    const told = new TelltaleError(`${owner}: tls cannot be used: ${messageOf(error)}`, 'tls');
    told.cause = error;
    throw told;
  }
}

function startError(owner: string, error: Error & { code?: string }, host: string, port: number): Error {
  const ways = {
    EADDRINUSE: 'is taken already; choose another with the option port, or 0 for any that is free',
    EACCES: 'may not be used by this user; choose one of 1024 or above with the option port',
    EADDRNOTAVAIL: 'cannot be listened on: the address is not of this machine; see the option host',
  } as Record<string, string | undefined>;
  const way = ways[error.code ?? ''] ?? `cannot be listened on: ${error.message}`;
  const wrong = error.code === 'EADDRNOTAVAIL' ? 'host' : 'port';
  const told = new TelltaleError(`${owner}: port ${port} of ${host} ${way}`, wrong);
  told.cause = error;
  return told;
}
