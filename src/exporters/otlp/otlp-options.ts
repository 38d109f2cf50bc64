import { readFileSync } from 'node:fs';
import type { Agent } from 'node:http';
import type { Clock } from '../../common/clock.js';
import { Diagnostics } from '../../common/diagnostics.js';
import type { HttpAnswer } from '../../common/http-answer.js';
import {
  COMPRESSIONS,
  HTTP_URL,
  type HttpHeaders,
  HttpTransport,
  httpUrl,
  isHeader,
} from '../../common/http-transport.js';
import { checkOptions, checkRule, oneOf } from '../../common/options.js';
import type { Spool } from '../../common/spool/spool.js';
import type { TlsOptions } from '../../common/tls-options.js';

export type OtlpProtocol = 'http/protobuf' | 'http/json';

/**
 * Options of the three OTLP exporters. Each wins over the environment variable of the signal, which wins over
 * the variable for all signals.
 *
 * Specification: https://opentelemetry.io/docs/specs/otel/protocol/exporter/
 */
export interface OtlpExporterOptions {
  /** The URL for this signal, used as it is. Default: `endpoint`, then the environment. */
  url?: string;
  /** The base URL for all signals; `/v1/traces`, `/v1/logs` or `/v1/metrics` is appended. */
  endpoint?: string;
  /** Added to the headers of the environment; a function is asked before every request. */
  headers?: HttpHeaders | (() => HttpHeaders | Promise<HttpHeaders>);
  /** Default `none`. */
  compression?: 'none' | 'gzip';
  /** Milliseconds for one request. Default 10,000. */
  timeout?: number;
  /** Default `http/protobuf`. */
  protocol?: OtlpProtocol;
  tls?: TlsOptions;
  /** Connections, for a proxy for example. Default: an agent of its own that keeps them alive. */
  agent?: Agent;
  /** Keeps what cannot be sent now, on disk for example: `diskSpool` from `telltale/spool`. Default: none. */
  spool?: Spool;
  /** Default `process.env`. */
  env?: Record<string, string | undefined>;
  clock?: Clock;
  /** Told of partial successes, unreadable records, and environment variables that make no sense. */
  diagnostics?: Diagnostics;
}

const PROTOCOLS = ['http/protobuf', 'http/json'] as const;

/** What a signal is called: in paths, and in the names of environment variables. */
export type OtlpSignal = 'traces' | 'logs' | 'metrics';

/** Options and environment of one exporter, checked and joined. */
export interface OtlpSettings {
  readonly owner: string;
  readonly signal: OtlpSignal;
  readonly json: boolean;
  readonly diagnostics: Diagnostics;
  /** Makes the transport; successful answers to what a spool sent later are handed on. */
  transport(onSpoolAnswer: (answer: HttpAnswer) => void): HttpTransport;
  /** An option that is one of a few words: as given, else what the variable says, else the first of them. */
  choose<T extends string>(option: string, given: T | undefined, name: string, choices: readonly T[]): T;
}

/** Wrong options throw; wrong variables are told and passed over. `more` are options that the signal alone has. */
export function otlpSettings(
  owner: string,
  signal: OtlpSignal,
  given: OtlpExporterOptions | undefined,
  more: readonly string[] = [],
): OtlpSettings {
  const options = checkOptions(owner, given, [
    'url',
    'endpoint',
    'headers',
    'compression',
    'timeout',
    'protocol',
    'tls',
    'agent',
    'spool',
    'env',
    'clock',
    'diagnostics',
    ...(more as []),
  ]);
  const { env = process.env, diagnostics = new Diagnostics() } = options;
  const common = 'OTEL_EXPORTER_OTLP_';
  const own = `${common}${signal.toUpperCase()}_`;

  /** From the first variable that `read` can make something of; an empty one counts as none. */
  function variable<T>(
    name: string,
    accepted: string,
    read: (text: string, variable: string) => T | undefined,
  ): T | undefined {
    for (const prefix of [own, common]) {
      const text = env[prefix + name]?.trim();
      if (!text) continue;
      try {
        const value = read(text, prefix + name);
        if (value !== undefined) return value;
      } catch {}
      ignore(prefix + name, accepted);
    }
    return undefined;
  }

  /** Neither the value is told nor an error that may quote it: it may be a secret. */
  function ignore(name: string, accepted: string): void {
    diagnostics.report('invalid_environment', name, `${name} is passed over; accepted: ${accepted}`);
  }

  function choose<T extends string>(
    option: string,
    chosen: T | undefined,
    name: string,
    choices: readonly T[],
  ): T {
    const find = (text: string) => choices.find((choice) => choice === text.toLowerCase());
    const value = chosen ?? variable(name, choices.join(', '), find) ?? choices[0]!;
    checkRule(owner, option, value, oneOf(...choices));
    return value;
  }

  function file(name: string): Uint8Array | undefined {
    return variable(name, 'a file that can be read', (path) => readFileSync(path));
  }

  /** Appends the signal's path to a base URL, whether or not that ends in a slash; a query stays. */
  function below(base: URL): string {
    base.pathname = `${base.pathname.replace(/\/+$/, '')}/v1/${signal}`;
    return base.href;
  }

  function address(): string {
    if (options.endpoint !== undefined) return below(httpUrl(owner, 'endpoint', options.endpoint));
    const fromEnvironment = variable('ENDPOINT', HTTP_URL, (text, name) => {
      const url = httpUrl(owner, name, text);
      return name.startsWith(own) ? url.href : below(url);
    });
    return fromEnvironment ?? below(new URL('http://localhost:4318'));
  }

  /** The format of W3C baggage without properties: `key=value,key=value`, percent-encoded. */
  function readHeaders(text: string, variable: string): HttpHeaders {
    const headers: HttpHeaders = {};
    for (const pair of text.split(',')) {
      const equals = pair.indexOf('=');
      const key = pair.slice(0, Math.max(equals, 0)).trim().toLowerCase();
      let value = pair.slice(equals + 1).trim();
      try {
        value = decodeURIComponent(value);
      } catch {} // then it is no percent-encoding
      if (isHeader(key, value)) headers[key] = value;
      else if (pair.trim()) ignore(variable, `name=value,…; passed over: the header "${key}"`);
    }
    return headers;
  }

  const {
    url = address(),
    timeout = variable('TIMEOUT', 'milliseconds, at least 1', (text) => {
      const value = Number(text);
      return value >= 1 && value < Infinity ? value : undefined;
    }),
  } = options;
  const transport = {
    owner,
    url,
    timeout,
    diagnostics,
    headers: options.headers,
    baseHeaders: variable('HEADERS', '', readHeaders),
    compression: choose('compression', options.compression, 'COMPRESSION', COMPRESSIONS),
    tls: {
      ca: file('CERTIFICATE'),
      cert: file('CLIENT_CERTIFICATE'),
      key: file('CLIENT_KEY'),
      ...options.tls,
    },
    agent: options.agent,
    spool: options.spool,
    clock: options.clock,
  };
  return {
    owner,
    signal,
    json: choose('protocol', options.protocol, 'PROTOCOL', PROTOCOLS) === 'http/json',
    diagnostics,
    transport: (onSpoolAnswer) => new HttpTransport({ ...transport, onSpoolAnswer }),
    choose,
  };
}
