import { readFileSync } from 'node:fs';
import type { Agent } from 'node:http';
import type { Clock } from '../../common/clock.js';
import { Diagnostics } from '../../common/diagnostics.js';
import {
  type HttpHeaders,
  HttpTransport,
  httpUrl,
  isHeader,
  type TlsOptions,
} from '../../common/http-transport.js';
import { checkNumber, checkOneOf, checkOptions } from '../../common/options.js';

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
  /** Default `process.env`. */
  env?: Record<string, string | undefined>;
  clock?: Clock;
  /** Told of partial successes, unreadable records, and environment variables that make no sense. */
  diagnostics?: Diagnostics;
}

export interface OtlpSettings {
  readonly transport: HttpTransport;
  readonly json: boolean;
  readonly diagnostics: Diagnostics;
}

/** What a signal is called: in paths, and in the names of environment variables. */
export type OtlpSignal = 'traces' | 'logs' | 'metrics';

const OPTIONS = [
  'url',
  'endpoint',
  'headers',
  'compression',
  'timeout',
  'protocol',
  'tls',
  'agent',
  'env',
  'clock',
  'diagnostics',
] as const;

const PROTOCOLS = ['http/protobuf', 'http/json'] as const;
const COMPRESSIONS = ['none', 'gzip'] as const;

/** Options and environment, checked and joined. Wrong options throw; wrong variables are told and passed over. */
export function otlpSettings(
  owner: string,
  signal: OtlpSignal,
  given: OtlpExporterOptions | undefined,
): OtlpSettings {
  const options = checkOptions(owner, given, OPTIONS);
  const diagnostics = options.diagnostics ?? new Diagnostics();
  const env = new OtlpEnvironment(options.env ?? process.env, signal, diagnostics);
  const protocol = checkOneOf(
    owner,
    'protocol',
    options.protocol,
    env.oneOf('PROTOCOL', PROTOCOLS),
    PROTOCOLS,
  );
  const compression = env.oneOf('COMPRESSION', COMPRESSIONS);
  const transport = new HttpTransport({
    owner,
    url: signalUrl(owner, signal, options, env),
    headers: joinHeaders(env.headers(), options.headers),
    compression: checkOneOf(owner, 'compression', options.compression, compression, COMPRESSIONS),
    timeout: checkNumber(owner, 'timeout', options.timeout, env.timeout(), { min: 1 }),
    tls: { ...env.tls(), ...options.tls },
    ...(options.agent === undefined ? {} : { agent: options.agent }),
    ...(options.clock === undefined ? {} : { clock: options.clock }),
  });
  return { transport, json: protocol === 'http/json', diagnostics };
}

function signalUrl(
  owner: string,
  signal: OtlpSignal,
  options: OtlpExporterOptions,
  env: OtlpEnvironment,
): string {
  if (options.url !== undefined) return httpUrl(owner, 'url', options.url).href;
  if (options.endpoint !== undefined) return below(httpUrl(owner, 'endpoint', options.endpoint), signal);
  return env.url();
}

/** Appends the signal's path to a base URL, whether or not that ends in a slash; a query stays. */
function below(base: URL, signal: OtlpSignal): string {
  const url = new URL(base);
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/v1/${signal}`;
  return url.href;
}

function joinHeaders(
  fromEnvironment: HttpHeaders,
  given: OtlpExporterOptions['headers'],
): OtlpExporterOptions['headers'] {
  if (given === undefined) return fromEnvironment;
  if (typeof given === 'function') return async () => merged(fromEnvironment, await given());
  return given !== null && typeof given === 'object' ? merged(fromEnvironment, given) : given;
}

/** Names of headers mean the same in any case. */
function merged(weak: HttpHeaders, strong: HttpHeaders): HttpHeaders {
  const all: HttpHeaders = { ...weak };
  for (const [name, value] of Object.entries(strong)) {
    delete all[name.toLowerCase()];
    all[name] = value;
  }
  return all;
}

/** `OTEL_EXPORTER_OTLP_<SIGNAL>_<NAME>`, else `OTEL_EXPORTER_OTLP_<NAME>`; an empty variable counts as none. */
class OtlpEnvironment {
  readonly #env: Record<string, string | undefined>;
  readonly #signal: OtlpSignal;
  readonly #diagnostics: Diagnostics;

  constructor(env: Record<string, string | undefined>, signal: OtlpSignal, diagnostics: Diagnostics) {
    this.#env = env;
    this.#signal = signal;
    this.#diagnostics = diagnostics;
  }

  url(): string {
    const own = this.#own('ENDPOINT');
    if (own !== undefined) {
      const url = this.#url(own, this.#env[own]!);
      if (url !== undefined) return url.href;
    }
    const base = this.#common('ENDPOINT');
    const url = base === undefined ? undefined : this.#url(base, this.#env[base]!);
    return below(url ?? new URL('http://localhost:4318'), this.#signal);
  }

  oneOf<T extends string>(name: string, choices: readonly T[]): T {
    const variable = this.#find(name);
    if (variable === undefined) return choices[0]!;
    const value = this.#env[variable]!.trim();
    if ((choices as readonly string[]).includes(value)) return value as T;
    this.#ignore(variable, `accepted: ${choices.join(', ')}`);
    return choices[0]!;
  }

  timeout(): number {
    const variable = this.#find('TIMEOUT');
    if (variable === undefined) return 10_000;
    const value = Number(this.#env[variable]);
    if (value >= 1 && value < Infinity) return value;
    this.#ignore(variable, 'accepted: milliseconds, at least 1');
    return 10_000;
  }

  /** The format of W3C baggage without properties: `key=value,key=value`, percent-encoded. */
  headers(): HttpHeaders {
    const headers: HttpHeaders = {};
    const variable = this.#find('HEADERS');
    if (variable === undefined) return headers;
    for (const pair of this.#env[variable]!.split(',')) {
      if (pair.trim() === '') continue;
      const equals = pair.indexOf('=');
      const name = pair.slice(0, Math.max(0, equals)).trim().toLowerCase();
      const value = decoded(pair.slice(equals + 1).trim());
      if (isHeader(name, value)) headers[name] = value;
      else this.#ignore(variable, `accepted: name=value,…; passed over: the header "${name}"`);
    }
    return headers;
  }

  tls(): TlsOptions {
    return {
      ...this.#file('CERTIFICATE', 'ca'),
      ...this.#file('CLIENT_CERTIFICATE', 'cert'),
      ...this.#file('CLIENT_KEY', 'key'),
    };
  }

  #file(name: string, option: 'ca' | 'cert' | 'key'): TlsOptions {
    const variable = this.#find(name);
    if (variable === undefined) return {};
    try {
      return { [option]: readFileSync(this.#env[variable]!) };
    } catch (error) {
      this.#ignore(variable, 'the file cannot be read', error);
      return {};
    }
  }

  #url(variable: string, text: string): URL | undefined {
    try {
      return httpUrl('', variable, text.trim());
    } catch {
      this.#ignore(variable, 'accepted: a URL that starts with http:// or https://');
      return undefined;
    }
  }

  #find(name: string): string | undefined {
    return this.#own(name) ?? this.#common(name);
  }

  #own(name: string): string | undefined {
    return this.#set(`OTEL_EXPORTER_OTLP_${this.#signal.toUpperCase()}_${name}`);
  }

  #common(name: string): string | undefined {
    return this.#set(`OTEL_EXPORTER_OTLP_${name}`);
  }

  #set(variable: string): string | undefined {
    return this.#env[variable] ? variable : undefined;
  }

  /** The value is not told: it may be a secret. */
  #ignore(variable: string, why: string, error?: unknown): void {
    this.#diagnostics.report('invalid_environment', variable, `${variable} is passed over; ${why}`, error);
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
