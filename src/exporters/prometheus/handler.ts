import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import { messageOf } from '../../common/diagnostics.js';
import { checkMethods } from '../../common/options.js';
import { chooseFormat } from './accept.js';
import { answer } from './answer.js';
import { type Encoded, encode, encodeChunks } from './encoding.js';
import { askedNames } from './name-filter.js';
import { type MetricSource, scrape } from './scrape.js';

/**
 * What can be scraped: telltale's `Registry`, which gives every format, the filter by name, and streams. Anything
 * else that has these two is answered with its text.
 */
export interface Scrapable {
  readonly contentType: string;
  metrics(): Promise<string>;
}

/** The parts of a request that decide about the answer. */
interface Asked {
  readonly headers: IncomingHttpHeaders;
  readonly url?: string | undefined;
  /** Express keeps the whole URL here where a router is mounted below a path. */
  readonly originalUrl?: string;
}

/**
 * Answers a scrape: for `node:http`, and as a route of Express. `GET` and `HEAD` are answered, everything else
 * with 405; a scrape that fails with 500 and a word why. Never throws.
 *
 * The format is the client's choice by `Accept`: the text format 0.0.4, OpenMetrics 1.0, or Prometheus' protobuf
 * format, which has native histograms. Clients that take gzip get gzip. `?name[]=up&name[]=http_requests_total`
 * asks for some metrics only. A long answer is streamed: 100,000 series never hold the event loop over 20 ms.
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
      const { body, headers } = await answerTo(registry, request);
      if (body instanceof Uint8Array) return answer(request, response, 200, body, headers);
      if (response.headersSent || response.destroyed || request.method === 'HEAD') body.destroy();
      if (response.headersSent || response.destroyed) return;
      response.writeHead(200, headers);
      if (request.method === 'HEAD') return void response.end();
      const { pipeline } = await import('node:stream/promises');
      // What fails from here on cuts the answer short, which the scraper sees: an end is missing.
      await pipeline(body, response).catch(() => {});
    } catch (error) {
      return answer(request, response, 500, `the scrape failed: ${messageOf(error)}\n`);
    }
  };
}

/**
 * Answers a scrape as a route of Fastify, which itself sees to methods and errors; otherwise as
 * `prometheusHandler` does.
 *
 * ```ts
 * fastify.get('/metrics', prometheusFastifyHandler(registry));
 * ```
 */
export function prometheusFastifyHandler(
  registry: Scrapable,
): (
  request: Asked,
  reply: { headers(headers: Record<string, string>): unknown },
) => Promise<Buffer | Readable> {
  checkMethods('prometheusFastifyHandler', 'registry', registry, ['metrics']);
  return async (request, reply) => {
    const { body, headers } = await answerTo(registry, request);
    reply.headers(headers);
    return body;
  };
}

/** The body, whole where it is short, and what its headers say. */
async function answerTo(registry: Scrapable, { headers, url, originalUrl }: Asked): Promise<Encoded> {
  const accepted = headers['accept-encoding'];
  if (!isSource(registry)) {
    const whole = await encode(Buffer.from(await registry.metrics()), accepted);
    return { body: whole.body, headers: { 'content-type': registry.contentType, ...whole.headers } };
  }
  const { format, contentType } = chooseFormat(headers.accept);
  const chunks = scrape(registry, format, askedNames(originalUrl ?? url));
  const encoded = await encodeChunks(chunks, accepted);
  return {
    body: encoded.body,
    headers: { 'content-type': contentType, ...encoded.headers, vary: 'accept, accept-encoding' },
  };
}

function isSource(registry: object): registry is MetricSource {
  return 'collect' in registry && 'getMetricsAsArray' in registry && 'defaultLabels' in registry;
}
