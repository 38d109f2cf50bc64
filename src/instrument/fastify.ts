import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Span } from '@opentelemetry/api';
import type {} from 'fastify';
import { TelltaleError } from '../common/errors.js';
import { pathOf } from './server/attributes.js';
import type { HttpServerOptions } from './server/options.js';
import { recordOf } from './server/record.js';
import { HttpServerRecorder } from './server/recorder.js';
import type { HttpSignals } from './signals.js';

export type { IgnoreRules } from './ignore.js';
export type { HttpServerOptions } from './server/options.js';
export type { HttpSignals, RequestLogger, RequestLogLevel } from './signals.js';

export interface TelltaleFastifyOptions extends HttpServerOptions {
  /** What `createTelemetry` returns, or an object with any of `tracer`, `logger` and `registry`. */
  telemetry: HttpSignals;
}

/** A Fastify request, as far as it matters here. */
interface FastifyRequestLike {
  readonly raw: IncomingMessage;
  readonly is404: boolean;
  readonly routeOptions: { readonly url?: string | undefined };
  span?: Span | null;
}

interface FastifyReplyLike {
  readonly raw: ServerResponse;
}

/** A Fastify server, as far as it matters here. */
export interface FastifyLike {
  readonly server: {
    prependListener(
      event: 'request',
      listener: (request: IncomingMessage, response: ServerResponse) => void,
    ): unknown;
  };
  addHook(name: 'onRequest' | 'preValidation', hook: FastifyHook): unknown;
  addHook(name: 'onError', hook: FastifyErrorHook): unknown;
  decorateRequest(name: 'span', value: null): unknown;
  hasRequestDecorator(name: string): boolean;
}

type FastifyHook = (request: FastifyRequestLike, reply: FastifyReplyLike, done: () => void) => void;
type FastifyErrorHook = (
  request: FastifyRequestLike,
  reply: FastifyReplyLike,
  error: Error,
  done: () => void,
) => void;

/**
 * A plugin for Fastify 5: a span, metrics and a log line for every request of the whole server, wherever its
 * routes are registered.
 *
 * ```ts
 * await fastify.register(telltaleFastify, { telemetry, ignore: ['/healthz'] });
 * ```
 *
 * Register it before other plugins and routes. The span of a request is also its decoration `request.span`
 * (`requestSpan(request)` for TypeScript). Errors that handlers throw are recorded on it. A request that no
 * route matched has no `http.route`, and the metric label `unmatched`; so has one whose path cannot be decoded.
 *
 * @throws TelltaleError when an option is wrong; `register` then rejects with it.
 */
export const telltaleFastify: (
  fastify: FastifyLike,
  options: TelltaleFastifyOptions,
  done: (error?: Error) => void,
) => void = /* @__PURE__ */ Object.assign(
  function telltale(
    fastify: FastifyLike,
    options: TelltaleFastifyOptions,
    done: (error?: Error) => void,
  ): void {
    try {
      install(fastify, options);
    } catch (error) {
      done(error as Error);
      return;
    }
    done();
  },
  {
    // The marks by which Fastify and its tools know a plugin that is not to be encapsulated.
    [Symbol.for('skip-override')]: true,
    [Symbol.for('fastify.display-name')]: 'telltale',
    [Symbol.for('plugin-meta')]: { name: 'telltale', fastify: '5.x' },
  },
);

/** The server span of a request; `undefined` where telltale does not watch it, or has no tracer. */
export function requestSpan(request: { readonly raw: IncomingMessage }): Span | undefined {
  return (request as FastifyRequestLike).span ?? undefined;
}

function install(fastify: FastifyLike, options: TelltaleFastifyOptions): void {
  if (options === null || typeof options !== 'object') {
    throw new TelltaleError('telltaleFastify: options are missing; accepted: { telemetry, … }', 'options');
  }
  const { telemetry, ...rest } = options;
  const recorder = new HttpServerRecorder('telltaleFastify', telemetry, rest);
  if (!fastify.hasRequestDecorator('span')) fastify.decorateRequest('span', null);

  // Fastify answers a path that cannot be decoded without a call to any hook.
  fastify.server.prependListener('request', (request, response) => {
    if (isMalformed(request.url)) recorder.start(request, response);
  });

  fastify.addHook('onRequest', (request, reply, done) => {
    const route = request.is404 ? undefined : request.routeOptions.url;
    const record = recorder.start(request.raw, reply.raw, route);
    if (record === undefined) {
      const outer = recordOf(reply.raw);
      if (outer !== undefined) {
        outer.setRoute(route);
        request.span = outer.span ?? null;
      }
      done();
      return;
    }
    request.span = record.span ?? null;
    recorder.run(record, done);
  });

  // Bodies are parsed in callbacks of the socket, where the context of the request is not current any more.
  fastify.addHook('preValidation', (_request, reply, done) => {
    const record = recordOf(reply.raw);
    if (record === undefined) done();
    else record.watcher.resume(record, done);
  });

  fastify.addHook('onError', (_request, reply, error, done) => {
    const record = recordOf(reply.raw);
    if (record !== undefined) record.error = error;
    done();
  });
}

function isMalformed(url: string | undefined): boolean {
  if (url === undefined || !url.includes('%')) return false;
  try {
    decodeURI(pathOf(url));
    return false;
  } catch {
    return true;
  }
}
