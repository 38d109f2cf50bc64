import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Span } from '@opentelemetry/api';
import { invalidOption } from '../../common/errors.js';
import { checkArray, checkBoolean, checkFunction, checkOptions } from '../../common/options.js';
import type { IgnoreRules } from '../ignore.js';
import { KNOWN_METHODS, SENSITIVE_QUERY_PARAMETERS } from '../semconv.js';
import type { RequestLogLevel } from '../signals.js';
import { idTeller } from './response-ids.js';

/** Options that every server instrumentation takes. */
export interface HttpServerOptions {
  /**
   * Requests of which nothing is told, neither spans nor metrics nor lines: paths (`/healthz`), paths that end
   * in `*` (`/internal/*`), or functions. Default: none.
   */
  ignore?: IgnoreRules<IncomingMessage>;
  /**
   * The line that is logged for each request: `false` for none, a level for all, or a function that chooses
   * the level by the status (499 where the client went away). Default: `error` from 500 on, `warn` from 400 on,
   * else `info`.
   */
  log?: boolean | RequestLogLevel | ((status: number) => RequestLogLevel);
  /**
   * Whether `Forwarded`, `X-Forwarded-For`, `X-Forwarded-Host` and `X-Forwarded-Proto` are believed, for
   * servers behind a proxy that sets them. Default false: any client can write them.
   */
  trustProxy?: boolean;
  /** Query parameters whose values are replaced by `REDACTED`. This is the whole list; case matters. */
  sensitiveQueryParameters?: readonly string[];
  /** Request headers kept as `http.request.header.<name>`. Default: none. */
  captureRequestHeaders?: readonly string[];
  /** Response headers kept as `http.response.header.<name>`. Default: none. */
  captureResponseHeaders?: readonly string[];
  /** Methods told by name; any other is `_OTHER`. Default: those of RFC 9110, and PATCH. */
  knownMethods?: readonly string[];
  /**
   * A response header that tells the id of the request's trace, for people to quote: `true` for `X-Transaction-ID`,
   * or its name. Default false. Needs a tracer.
   */
  transactionId?: boolean | string;
  /** Whether responses tell trace, span and flags in the header `traceresponse`. Default false. Needs a tracer. */
  traceResponse?: boolean;
  /** Called when the span of a request was started. Needs a tracer. */
  onRequest?: (span: Span, request: IncomingMessage) => void;
  /** Called when the response is over, before the span ends. Needs a tracer. */
  onResponse?: (span: Span, request: IncomingMessage, response: ServerResponse) => void;
}

/** The names of the options, for instrumentations that take further ones. */
export const SERVER_OPTIONS: readonly (keyof HttpServerOptions)[] = [
  'ignore',
  'log',
  'trustProxy',
  'sensitiveQueryParameters',
  'captureRequestHeaders',
  'captureResponseHeaders',
  'knownMethods',
  'transactionId',
  'traceResponse',
  'onRequest',
  'onResponse',
];

const LEVELS: readonly unknown[] = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'];

/** The options, checked, with defaults filled in. */
export interface ServerSettings {
  readonly ignore: IgnoreRules<IncomingMessage> | undefined;
  /** The level of a request's line; `undefined` where none is logged. */
  readonly logLevel: ((status: number) => RequestLogLevel) | undefined;
  readonly trustProxy: boolean;
  readonly sensitive: ReadonlySet<string>;
  readonly requestHeaders: readonly string[];
  readonly responseHeaders: readonly string[];
  readonly knownMethods: ReadonlySet<string>;
  /** Tells the ids of a request in the headers of its response; `undefined` where nobody asked for it. */
  readonly tellIds: ((span: Span, response: ServerResponse) => void) | undefined;
  readonly onRequest: HttpServerOptions['onRequest'];
  readonly onResponse: HttpServerOptions['onResponse'];
}

export function serverSettings(owner: string, options: HttpServerOptions | undefined): ServerSettings {
  const given = checkOptions(owner, options, SERVER_OPTIONS);
  const { sensitiveQueryParameters = SENSITIVE_QUERY_PARAMETERS, knownMethods = KNOWN_METHODS } = given;
  return {
    ignore: given.ignore,
    logLevel: levelChooser(owner, given.log),
    trustProxy: checkBoolean(owner, 'trustProxy', given.trustProxy, false),
    sensitive: new Set(checkNames(owner, 'sensitiveQueryParameters', sensitiveQueryParameters)),
    requestHeaders: lowerCase(checkNames(owner, 'captureRequestHeaders', given.captureRequestHeaders)),
    responseHeaders: lowerCase(checkNames(owner, 'captureResponseHeaders', given.captureResponseHeaders)),
    knownMethods: new Set(checkNames(owner, 'knownMethods', knownMethods)),
    tellIds: idTeller(owner, given),
    onRequest: checkFunction(owner, 'onRequest', given.onRequest),
    onResponse: checkFunction(owner, 'onResponse', given.onResponse),
  };
}

/** A list of strings, none of them empty. */
export function checkNames(
  owner: string,
  option: string,
  names: readonly string[] | undefined,
): readonly string[] {
  return checkArray(owner, option, names, (name, path) => {
    if (typeof name !== 'string' || name === '') {
      throw invalidOption(owner, path, name, 'a string that is not empty');
    }
  });
}

function levelChooser(
  owner: string,
  log: HttpServerOptions['log'] = true,
): ((status: number) => RequestLogLevel) | undefined {
  if (typeof log === 'boolean') return log ? levelOf : undefined;
  if (typeof log === 'function') return log;
  if (!LEVELS.includes(log)) throw invalidOption(owner, 'log', log, 'true, false, a level or a function');
  return () => log;
}

function levelOf(status: number): RequestLogLevel {
  if (status >= 500) return 'error';
  return status >= 400 ? 'warn' : 'info';
}

function lowerCase(names: readonly string[]): readonly string[] {
  return names.map((name) => name.toLowerCase());
}
