import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { messageOf } from '../../common/diagnostics.js';
import { checkMethods } from '../../common/options.js';
import { encode } from './encoding.js';

/** What can be scraped: a `Registry`. */
export interface Scrapable {
  readonly contentType: string;
  metrics(): Promise<string>;
}

/**
 * Answers a scrape: for `node:http`, and as a route of Express. `GET` and `HEAD` are answered, everything else
 * with 405; a scrape that fails with 500 and a word why. Clients that take gzip get gzip. Never throws.
 *
 * ```ts
 * app.get('/metrics', prometheusHandler(registry));
 * ```
 */
export function prometheusHandler(
  registry: Scrapable,
): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  checkMethods('prometheusHandler', 'registry', registry, ['metrics']);
  return async (request, response) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.setHeader('allow', 'GET, HEAD');
      return answer(request, response, 405, 'only GET and HEAD are answered here\n');
    }
    try {
      const { body, headers } = await encode(await registry.metrics(), request.headers['accept-encoding']);
      return answer(request, response, 200, body, { 'content-type': registry.contentType, ...headers });
    } catch (error) {
      return answer(request, response, 500, `the scrape failed: ${messageOf(error)}\n`);
    }
  };
}

/**
 * Answers a scrape as a route of Fastify, which itself sees to methods and errors. Clients that take gzip get gzip.
 *
 * ```ts
 * fastify.get('/metrics', prometheusFastifyHandler(registry));
 * ```
 */
export function prometheusFastifyHandler(
  registry: Scrapable,
): (
  request: { readonly headers: IncomingHttpHeaders },
  reply: { headers(headers: Record<string, string>): unknown },
) => Promise<Buffer> {
  checkMethods('prometheusFastifyHandler', 'registry', registry, ['metrics']);
  return async (request, reply) => {
    const { body, headers } = await encode(await registry.metrics(), request.headers['accept-encoding']);
    reply.headers({ 'content-type': registry.contentType, ...headers });
    return body;
  };
}

/** Sends a whole answer, unless the client has gone or the answer has begun already. */
export function answer(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  content: string | Buffer,
  headers: Readonly<Record<string, string>> = { 'content-type': 'text/plain; charset=utf-8' },
): void {
  if (response.headersSent || response.destroyed) return;
  const body = typeof content === 'string' ? Buffer.from(content) : content;
  response.writeHead(status, { ...headers, 'content-length': body.length });
  response.end(request.method === 'HEAD' ? undefined : body);
}
