/**
 * The words of OpenTelemetry's stable HTTP semantic conventions that servers and clients share.
 *
 * Specification: https://opentelemetry.io/docs/specs/semconv/http/http-spans/
 */

/** The methods of RFC 9110, and PATCH of RFC 5789. */
export const KNOWN_METHODS: readonly string[] = [
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'DELETE',
  'CONNECT',
  'OPTIONS',
  'TRACE',
  'PATCH',
];

/** Seconds; the boundaries that the conventions advise for HTTP and RPC durations. */
export const DURATION_BUCKETS: readonly number[] = [
  0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10,
];

/** What `http.request.method` and the `method` label say of a method nobody knows. */
export const OTHER_METHOD = '_OTHER';

/** Query parameters whose values are credentials: those the conventions name, and those of AWS's version 4. */
export const SENSITIVE_QUERY_PARAMETERS: readonly string[] = [
  'AWSAccessKeyId',
  'Signature',
  'sig',
  'X-Goog-Signature',
  'X-Amz-Signature',
  'X-Amz-Credential',
  'X-Amz-Security-Token',
];

const REDACTED = 'REDACTED';

/** A query string (without its `?`) with the values of the named parameters replaced; keys are kept. */
export function redactQuery(query: string, sensitive: ReadonlySet<string>): string {
  if (sensitive.size === 0) return query;
  let clean = '';
  let copied = 0;
  let start = 0;
  while (start <= query.length) {
    let end = query.indexOf('&', start);
    if (end === -1) end = query.length;
    const equals = query.indexOf('=', start);
    if (equals !== -1 && equals < end && sensitive.has(decodeName(query.slice(start, equals)))) {
      clean += query.slice(copied, equals + 1) + REDACTED;
      copied = end;
    }
    start = end + 1;
  }
  return copied === 0 ? query : clean + query.slice(copied);
}

/** `url.full`: credentials before the host and sensitive query values are replaced. */
export function redactUrl(url: URL, sensitive: ReadonlySet<string>): string {
  const credentials = url.username !== '' || url.password !== '' ? `${REDACTED}:${REDACTED}@` : '';
  const query = url.search === '' ? '' : `?${redactQuery(url.search.slice(1), sensitive)}`;
  return `${url.protocol}//${credentials}${url.host}${url.pathname}${query}${url.hash}`;
}

export interface HostAndPort {
  readonly address: string;
  readonly port: number | undefined;
}

/** Reads a `Host` header: a name, an IPv4 address or an IPv6 address in brackets, with or without a port. */
export function parseHost(host: string): HostAndPort {
  const bracket = host.lastIndexOf(']');
  const colon = host.indexOf(':', bracket + 1);
  if (colon === -1) return { address: host, port: undefined };
  const port = Number(host.slice(colon + 1));
  return {
    address: host.slice(0, colon),
    port: Number.isInteger(port) && port > 0 && port < 65536 ? port : undefined,
  };
}

/** `network.protocol.version` as the conventions write it: `1.1`, `2`. */
export function protocolVersion(httpVersion: string): string {
  return httpVersion === '2.0' ? '2' : httpVersion;
}

/** `error.type`: the class of an error, or its code where it has one; both are few in any program. */
export function errorType(error: unknown): string {
  try {
    if (error === null || typeof error !== 'object') return typeof error;
    const { code, name } = error as { code?: unknown; name?: unknown };
    if (typeof code === 'string' && code !== '') return code;
    if (typeof name === 'string' && name !== '' && name !== 'Error') return name;
    return (error as object).constructor?.name || 'Error';
  } catch {
    return OTHER_METHOD;
  }
}

/** Names of parameters may be percent-encoded too; most are not, and a malformed one is itself. */
function decodeName(name: string): string {
  if (!name.includes('%')) return name;
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}
