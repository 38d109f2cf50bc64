import type { Attributes, Context, Span, TextMapSetter } from '@opentelemetry/api';
import { checkFunction, checkOptions } from '../../common/options.js';
import { isTelemetrySuppressed } from '../../common/suppression.js';
import { withSpan } from '../../common/with-span.js';
import { type IgnoreRules, ignoreTest } from '../ignore.js';
import { errorType, KNOWN_METHODS, OTHER_METHOD, redactUrl, SENSITIVE_QUERY_PARAMETERS } from '../semconv.js';
import { checkNames } from '../server/options.js';
import { type HttpSignals, resolveSignals, type Signals } from '../signals.js';
import { clientDuration, type MeasuredRequest } from './metrics.js';

/** OpenTelemetry's `SpanKind.CLIENT` and `SpanStatusCode.ERROR`. */
const CLIENT = 2;
const ERROR = 2;

/** What is known of an outgoing request before it is sent. */
export interface OutgoingRequest {
  readonly method: string;
  readonly url: URL;
}

/** Options that every client instrumentation takes. */
export interface HttpClientOptions {
  /**
   * Requests that are sent untouched, without a span and without trace headers: URLs, URLs that end in `*`
   * (`https://other.example/*`), or functions. Default: none.
   */
  ignore?: IgnoreRules<OutgoingRequest>;
  /** Query parameters whose values are replaced by `REDACTED`. This is the whole list; case matters. */
  sensitiveQueryParameters?: readonly string[];
  /** Methods told by name; any other is `_OTHER`. Default: those of RFC 9110, and PATCH. */
  knownMethods?: readonly string[];
  /** Called when the span of a request was started. */
  onRequest?: (span: Span, request: OutgoingRequest) => void;
  /** Called with the status of the response, before the span ends. */
  onResponse?: (span: Span, status: number) => void;
}

const CLIENT_OPTIONS: readonly (keyof HttpClientOptions)[] = [
  'ignore',
  'sensitiveQueryParameters',
  'knownMethods',
  'onRequest',
  'onResponse',
];

/** An outgoing request that is under way. */
export interface OutgoingCall extends MeasuredRequest {
  readonly context: Context;
  readonly span: Span | undefined;
  /** Milliseconds of the monotonic clock. */
  readonly startedAt: number;
  ended: boolean;
}

/**
 * Makes the CLIENT spans of outgoing requests, measures them and writes the trace headers. The span is a child of what is
 * current where the request is made, and ends when the head of the response is there, as the semantic
 * conventions advise where a body may be left unread.
 */
export class HttpClientRecorder {
  readonly #owner: string;
  readonly #signals: Signals;
  readonly #sensitive: ReadonlySet<string>;
  readonly #knownMethods: ReadonlySet<string>;
  readonly #ignored: ((url: string, request: OutgoingRequest) => boolean) | undefined;
  /** Headers by which a request shows that its trace was taken care of already. */
  readonly #traceFields: readonly string[];
  readonly #measure: ReturnType<typeof clientDuration> | undefined;
  readonly #onRequest: HttpClientOptions['onRequest'];
  readonly #onResponse: HttpClientOptions['onResponse'];

  constructor(owner: string, telemetry: HttpSignals, options: HttpClientOptions | undefined) {
    const given = checkOptions(owner, options, CLIENT_OPTIONS);
    const { sensitiveQueryParameters = SENSITIVE_QUERY_PARAMETERS, knownMethods = KNOWN_METHODS } = given;
    this.#owner = owner;
    this.#signals = resolveSignals(owner, telemetry);
    this.#sensitive = new Set(checkNames(owner, 'sensitiveQueryParameters', sensitiveQueryParameters));
    this.#knownMethods = new Set(checkNames(owner, 'knownMethods', knownMethods));
    this.#ignored = ignoreTest(owner, given.ignore, this.#signals.diagnostics);
    const fields = this.#signals.propagator?.fields() ?? [];
    this.#traceFields = ['traceparent', ...fields.filter((field) => !SHARED_FIELDS.includes(field))];
    const { registry } = this.#signals;
    this.#measure = registry === undefined ? undefined : clientDuration(registry);
    this.#onRequest = checkFunction(owner, 'onRequest', given.onRequest);
    this.#onResponse = checkFunction(owner, 'onResponse', given.onResponse);
  }

  /**
   * Begins a call. `undefined` where it is to be left alone: it is ignored, telemetry is suppressed (an
   * exporter is sending), the URL is none or not one of HTTP (`fetch` reads `data:` and `blob:` as well), or it
   * is traced already, by another instrumentation or the caller.
   *
   * `has` tells whether the request carries a header.
   */
  start(method: string, url: URL | string, has: (header: string) => boolean): OutgoingCall | undefined {
    try {
      const active = this.#signals.contextManager.active();
      if (isTelemetrySuppressed(active) || active.getValue(HANDLED) === true) return undefined;
      if (this.#traceFields.some(has)) return undefined;
      const target = typeof url === 'string' ? new URL(url) : url;
      if (!target.protocol.startsWith('http')) return undefined;
      const request: OutgoingRequest = { method, url: target };
      if (this.#ignored?.(target.href, request) === true) return undefined;
      return this.#start(request, active);
    } catch (error) {
      // What is no URL is for the client itself to refuse.
      if ((error as { code?: unknown } | null)?.code !== 'ERR_INVALID_URL') {
        this.report('start_failed', 'a request could not be watched', error);
      }
      return undefined;
    }
  }

  #start(request: OutgoingRequest, active: Context): OutgoingCall {
    const { tracer, clock } = this.#signals;
    const { url } = request;
    const method = this.#knownMethods.has(request.method) ? request.method : OTHER_METHOD;
    const address = url.hostname;
    const port = url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port);
    const startedAt = clock.monotonic();
    if (tracer === undefined) {
      return { method, address, port, context: active, span: undefined, startedAt, ended: false };
    }
    const attributes: Attributes = {
      'http.request.method': method,
      'server.address': address,
      'server.port': port,
      'url.full': redactUrl(url, this.#sensitive),
    };
    if (method === OTHER_METHOD) attributes['http.request.method_original'] = request.method;
    const name = method === OTHER_METHOD ? 'HTTP' : method;
    const span = tracer.startSpan(name, { kind: CLIENT, attributes }, active);
    if (this.#onRequest !== undefined) {
      try {
        this.#onRequest(span, request);
      } catch (error) {
        this.report('hook_failed', 'onRequest threw', error);
      }
    }
    return { method, address, port, context: withSpan(active, span), span, startedAt, ended: false };
  }

  /** Writes the trace headers of a call. */
  inject<Carrier>(call: OutgoingCall, carrier: Carrier, setter: TextMapSetter<Carrier>): void {
    try {
      this.#signals.propagator?.inject(call.context, carrier, setter);
    } catch (error) {
      this.report('inject_failed', 'the trace headers could not be set', error);
    }
  }

  /** Calls a function with the span of a call current. */
  run<Result>(call: OutgoingCall, fn: () => Result): Result {
    const { contextManager, propagator, tracer } = this.#signals;
    // Where no header shows it, the context says to the instrumentations below that this request is watched.
    const silent = propagator === undefined || tracer === undefined;
    const context = silent ? call.context.setValue(HANDLED, true) : call.context;
    return contextManager.with(context, fn);
  }

  /** The head of the response is there. */
  responded(call: OutgoingCall, status: number): void {
    if (call.ended) return;
    call.ended = true;
    this.#observe(call, status, status >= 400 ? String(status) : undefined);
    const { span } = call;
    if (span === undefined) return;
    try {
      span.setAttribute('http.response.status_code', status);
      if (status >= 400) {
        span.setAttribute('error.type', String(status));
        span.setStatus({ code: ERROR });
      }
      this.#onResponse?.(span, status);
    } catch (error) {
      this.report('hook_failed', 'onResponse threw', error);
    }
    span.end();
  }

  /** The call ended without a response. */
  failed(call: OutgoingCall, error: unknown): void {
    if (call.ended) return;
    call.ended = true;
    const type = errorType(rootOf(error));
    this.#observe(call, undefined, type);
    const { span } = call;
    if (span === undefined) return;
    span.recordException(error as Error);
    span.setAttribute('error.type', type);
    span.setStatus({ code: ERROR });
    span.end();
  }

  /** The connection was handed over: a tunnel or another protocol has begun. */
  closed(call: OutgoingCall): void {
    if (call.ended) return;
    call.ended = true;
    this.#observe(call, undefined, undefined);
    call.span?.end();
  }

  #observe(call: OutgoingCall, status: number | undefined, type: string | undefined): void {
    const measure = this.#measure;
    if (measure === undefined) return;
    const { clock, contextManager } = this.#signals;
    const seconds = (clock.monotonic() - call.startedAt) / 1000;
    try {
      // Inside the context of the request, so that exemplars carry its ids.
      contextManager.with(call.context, () => measure(call, status, type, seconds));
    } catch (error) {
      this.report('metrics_failed', 'the duration of a request could not be kept', error);
    }
  }

  /** Tells of something that the host has no use for hearing. */
  report(code: string, what: string, error: unknown): void {
    this.#signals.diagnostics.report(code, this.#owner, `${this.#owner}: ${what}`, error);
  }
}

/** Headers that may be there for reasons of their own. */
const SHARED_FIELDS: readonly string[] = ['traceparent', 'tracestate', 'baggage'];

const HANDLED = /* @__PURE__ */ Symbol.for('telltale.client.handled');

/** `fetch` says `TypeError: fetch failed` of everything; what happened is the cause. */
function rootOf(error: unknown): unknown {
  const cause = (error as { cause?: unknown } | null | undefined)?.cause;
  return error instanceof TypeError && cause !== undefined ? cause : error;
}
