import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Context, TextMapGetter } from '@opentelemetry/api';
import { rootContext } from '../../common/context.js';
import { withSpan } from '../../common/with-span.js';
import { ignoreTest } from '../ignore.js';
import { errorType, OTHER_METHOD } from '../semconv.js';
import { type HttpSignals, resolveSignals, type Signals } from '../signals.js';
import { pathOf, queryOf, ServerAttributes } from './attributes.js';
import { countRequest, countResponse, requestSize, responseSize } from './body-size.js';
import { Endpoints } from './endpoints.js';
import { ServerMetrics } from './metrics.js';
import { type HttpServerOptions, type ServerSettings, serverSettings } from './options.js';
import { attachRecord, RequestRecord, type RequestWatcher, recordOf } from './record.js';
import { logRequest } from './request-log.js';

/** OpenTelemetry's `SpanKind.SERVER` and `SpanStatusCode.ERROR`, without loading its API for two numbers. */
const SERVER = 1;
const ERROR = 2;

/** The status told of a request whose client went away before the response was whole, as nginx has it. */
export const CLIENT_CLOSED_REQUEST = 499;

/**
 * Watches the requests of a server from head to last byte and tells of each through every signal: one span,
 * five metrics, one log line. All server instrumentations share it; it never throws into them.
 */
export class HttpServerRecorder implements RequestWatcher {
  readonly #owner: string;
  readonly #signals: Signals;
  readonly #settings: ServerSettings;
  readonly #attributes: ServerAttributes;
  readonly #metrics: ServerMetrics | undefined;
  readonly #endpoints = new Endpoints();
  readonly #ignored: ((path: string, request: IncomingMessage) => boolean) | undefined;
  readonly #extractOnlyW3C: boolean;
  /** The record that `#tell` is to tell of: handed over in a field, so that no closure is made a request. */
  #finished: RequestRecord | undefined;
  readonly #tell = (): void => this.#tellSignals();

  constructor(owner: string, telemetry: HttpSignals, options: HttpServerOptions | undefined) {
    this.#owner = owner;
    this.#settings = serverSettings(owner, options);
    this.#signals = resolveSignals(owner, telemetry);
    this.#attributes = new ServerAttributes(this.#settings);
    const { registry, propagator, diagnostics } = this.#signals;
    this.#metrics = registry === undefined ? undefined : new ServerMetrics(registry);
    this.#ignored = ignoreTest(owner, this.#settings.ignore, diagnostics);
    this.#extractOnlyW3C = propagator?.fields().every((field) => W3C_FIELDS.includes(field)) ?? true;
  }

  /**
   * Begins to watch a request, and from then on does everything by itself. `undefined` where the request is
   * ignored, or is watched already.
   */
  start(request: IncomingMessage, response: ServerResponse, route?: string): RequestRecord | undefined {
    try {
      if (recordOf(response) !== undefined) return undefined;
      const target = (request as { originalUrl?: string }).originalUrl ?? request.url ?? '/';
      const path = pathOf(target);
      if (this.#ignored?.(path, request) === true) return undefined;
      return this.#start(request, response, target, path, route);
    } catch (error) {
      this.report('start_failed', 'a request could not be watched', error);
      return undefined;
    }
  }

  /** Calls a function with the span of a request current. */
  run<Result>(record: RequestRecord, fn: () => Result): Result {
    return this.#signals.contextManager.with(record.context, fn);
  }

  /** As `run`, unless the span is current already. */
  resume(record: RequestRecord, fn: () => void): void {
    const { contextManager } = this.#signals;
    if (contextManager.active() === record.context) fn();
    else contextManager.with(record.context, fn);
  }

  #start(
    request: IncomingMessage,
    response: ServerResponse,
    target: string,
    path: string,
    route: string | undefined,
  ): RequestRecord {
    const { tracer, clock } = this.#signals;
    const known = request.method ?? '';
    const method = this.#settings.knownMethods.has(known) ? known : OTHER_METHOD;
    const endpoint = this.#endpoints.of(method, route);
    let context = this.#parentOf(request);
    let span: RequestRecord['span'];
    if (tracer !== undefined) {
      const attributes = this.#attributes.of(request, method, path, queryOf(target), route);
      span = tracer.startSpan(endpoint.spanName, { kind: SERVER, attributes }, context);
      context = withSpan(context, span);
      this.#settings.tellIds?.(span, response);
    }
    const record = new RequestRecord(
      this,
      request,
      response,
      endpoint,
      path,
      span,
      context,
      clock.monotonic(),
    );
    attachRecord(response, record);
    if (this.#metrics !== undefined) {
      this.#metrics.started();
      countRequest(request, record);
      countResponse(response, record);
    }
    // 'close' follows 'finish' at once, and comes alone when a response is broken off. `writableFinished` does
    // not tell the two apart: it is true as soon as the whole body lies in the buffer of the socket.
    response.on('finish', onFinish);
    response.on('close', onClose);
    const { onRequest } = this.#settings;
    if (onRequest !== undefined && span !== undefined) {
      try {
        onRequest(span, request);
      } catch (error) {
        this.report('hook_failed', 'onRequest threw', error);
      }
    }
    return record;
  }

  /** The remote parent, read over an empty context: what was current when the server started is no parent. */
  #parentOf(request: IncomingMessage): Context {
    const { propagator } = this.#signals;
    const { headers } = request;
    if (propagator === undefined) return rootContext;
    if (this.#extractOnlyW3C && headers.traceparent === undefined && headers.baggage === undefined) {
      return rootContext;
    }
    try {
      return propagator.extract(rootContext, headers, HEADERS);
    } catch (error) {
      this.report('extract_failed', 'the propagator threw', error);
      return rootContext;
    }
  }

  /** Called when the response is over, whole or not. */
  finish(record: RequestRecord): void {
    try {
      const { routeSource } = record;
      if (routeSource !== undefined) record.setRoute(routeSource.route(record.request, record.response));
    } catch (error) {
      this.report('route_failed', 'the route of a request could not be found', error);
    }
    this.#finished = record;
    try {
      // Inside the context of the request, so that the line and exemplars carry its ids.
      this.#signals.contextManager.with(record.context, this.#tell);
    } catch (error) {
      this.report('finish_failed', 'the end of a request could not be told', error);
    }
  }

  #tellSignals(): void {
    const record = this.#finished!;
    this.#finished = undefined;
    const { request, response, method, route, path } = record;
    const endpoint = route === record.endpoint.route ? record.endpoint : this.#endpoints.of(method, route);
    const milliseconds = this.#signals.clock.monotonic() - record.startedAt;
    const whole = record.sentWhole;
    const status = whole ? response.statusCode : brokenStatus(record);
    const answer = endpoint.answered(status);
    const metrics = this.#metrics;
    try {
      if (metrics !== undefined) {
        answer.series ??= metrics.series(method, route, status);
        metrics.finished(
          answer.series,
          milliseconds / 1000,
          requestSize(request, record),
          responseSize(request, response, record),
        );
      }
    } catch (error) {
      this.report('metrics_failed', 'the metrics of a request could not be kept', error);
    }
    const { logger } = this.#signals;
    const { logLevel } = this.#settings;
    if (logger !== undefined && logLevel !== undefined) {
      try {
        logRequest(
          logger,
          logLevel(status),
          record,
          answer.message(path, milliseconds),
          status,
          milliseconds,
        );
      } catch (error) {
        this.report('log_failed', 'the line of a request could not be logged', error);
      }
    }
    if (record.span !== undefined) this.#endSpan(record, record.span, endpoint.spanName, status, whole);
  }

  #endSpan(
    record: RequestRecord,
    span: NonNullable<RequestRecord['span']>,
    name: string,
    status: number,
    whole: boolean,
  ): void {
    const { response, error, route } = record;
    try {
      if (span.isRecording()) {
        if (record.routeIsLate && route !== undefined) {
          span.setAttribute('http.route', route);
          span.updateName(name);
        }
        if (response.headersSent) span.setAttribute('http.response.status_code', response.statusCode);
        if (status >= 500 || !whole) {
          if (error !== undefined) span.recordException(error as Error);
          span.setAttribute('error.type', failureOf(status, error));
          span.setStatus({ code: ERROR });
        }
        this.#attributes.setResponseHeaders(span, response);
      }
      this.#settings.onResponse?.(span, record.request, response);
    } catch (thrown) {
      this.report('hook_failed', 'onResponse threw', thrown);
    }
    span.end();
  }

  /** Tells of something that the host has no use for hearing. */
  report(code: string, what: string, error: unknown): void {
    this.#signals.diagnostics.report(code, this.#owner, `${this.#owner}: ${what}`, error);
  }
}

/** The headers of W3C Trace Context and W3C Baggage. */
const W3C_FIELDS: readonly string[] = ['traceparent', 'tracestate', 'baggage'];

const HEADERS: TextMapGetter<IncomingMessage['headers']> = {
  keys: (headers) => Object.keys(headers),
  get: (headers, name) => headers[name.toLowerCase()],
};

function onFinish(this: ServerResponse): void {
  const record = recordOf(this);
  if (record !== undefined) record.sentWhole = !isBroken(record.request);
}

function onClose(this: ServerResponse): void {
  const record = recordOf(this);
  record?.watcher.finish(record);
}

/**
 * The status told of a response that was not finished: 499 where the client went away; where the server broke
 * it off, what it had answered, or 500 if that claimed success.
 */
function brokenStatus(record: RequestRecord): number {
  const { request, response, error } = record;
  const failure = error ?? (response as { errored?: Error | null }).errored ?? undefined;
  if (clientLeft(request, response) ?? (failure === undefined || isDisconnect(failure))) {
    return CLIENT_CLOSED_REQUEST;
  }
  record.error = failure;
  return Math.max(response.statusCode, 500);
}

/**
 * Whether the client ended the connection: it said so, or reading or writing failed by something else than what
 * the server broke it off with. `undefined` where the connection does not tell: HTTP/2, and one that is made up.
 */
function clientLeft(request: IncomingMessage, response: ServerResponse): boolean | undefined {
  const { socket } = request;
  if (request.httpVersionMajor >= 2 || typeof socket?.readableEnded !== 'boolean') return undefined;
  return socket.readableEnded || (socket.errored ?? undefined) !== (response.errored ?? undefined);
}

/**
 * Whether a response said 'finish' only because its connection broke: the writes that waited are called back
 * then too. Over HTTP/2 the connection outlives the stream, and the request says whether that was reset.
 */
function isBroken(request: IncomingMessage): boolean {
  return request.httpVersionMajor < 2
    ? request.socket?.destroyed === true
    : (request as { aborted?: boolean }).aborted === true;
}

/** Errors by which Node says that the other side has gone. */
function isDisconnect(error: unknown): boolean {
  const code = (error as { code?: unknown } | null)?.code;
  return code === 'ECONNRESET' || code === 'EPIPE' || code === 'ERR_STREAM_PREMATURE_CLOSE';
}

/** `error.type` of a server span. */
function failureOf(status: number, error: unknown): string {
  if (status === CLIENT_CLOSED_REQUEST) return 'client_closed';
  return error === undefined ? String(status) : errorType(error);
}
