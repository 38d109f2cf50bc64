import type { IncomingMessage, ServerResponse } from 'node:http';
import { messageOf } from '../../common/diagnostics.js';
import { checkMethods } from '../../common/options.js';

/** What can be scraped: a `Registry`. */
export interface Scrapable {
  readonly contentType: string;
  metrics(): Promise<string>;
}

/**
 * Answers a scrape: for `node:http`, and as a route of Express. `GET` and `HEAD` are answered, everything else
 * with 405; a scrape that fails with 500 and a word why. Never throws.
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
      const text = await registry.metrics();
      return answer(request, response, 200, text, registry.contentType);
    } catch (error) {
      return answer(request, response, 500, `the scrape failed: ${messageOf(error)}\n`);
    }
  };
}

/**
 * Answers a scrape as a route of Fastify, which itself sees to methods and errors.
 *
 * ```ts
 * fastify.get('/metrics', prometheusFastifyHandler(registry));
 * ```
 */
export function prometheusFastifyHandler(
  registry: Scrapable,
): (request: unknown, reply: { header(name: string, value: string): unknown }) => Promise<string> {
  checkMethods('prometheusFastifyHandler', 'registry', registry, ['metrics']);
  return async (_request, reply) => {
    const text = await registry.metrics();
    reply.header('content-type', registry.contentType);
    return text;
  };
}

/** Sends a whole answer, unless the client has gone or the answer has begun already. */
export function answer(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  text: string,
  contentType = 'text/plain; charset=utf-8',
): void {
  if (response.headersSent || response.destroyed) return;
  const body = Buffer.from(text);
  response.writeHead(status, { 'content-type': contentType, 'content-length': body.length });
  response.end(request.method === 'HEAD' ? undefined : body);
}
