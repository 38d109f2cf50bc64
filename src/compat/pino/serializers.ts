import { errorFields } from '../../logs/error-fields.js';
import { isError, readProperty } from '../../logs/read-safely.js';

/** Makes of a value what is written for it. */
// biome-ignore lint/suspicious/noExplicitAny: as in pino, whoever writes a serializer knows what it is given
export type SerializerFn = (value: any) => unknown;

type Loose = Record<string, unknown>;

/** An error with its type, message, stack, own properties and causes; anything else as it is. */
function err(error: unknown): unknown {
  return isError(error) ? errorFields(error) : error;
}

/** What of a request of Node's, or of a framework's, goes into a line. */
function req(request: unknown): unknown {
  if (typeof request !== 'object' || request === null) return request;
  const { id, method, url, originalUrl, query, params, headers, socket, ip } = request as Loose;
  const from = (socket ?? {}) as Loose;
  return {
    id: typeof id === 'function' ? (id as () => unknown)() : id,
    method,
    url: originalUrl ?? url,
    query,
    params,
    headers,
    remoteAddress: from.remoteAddress ?? ip,
    remotePort: from.remotePort,
  };
}

function res(response: unknown): unknown {
  if (typeof response !== 'object' || response === null) return response;
  const { statusCode, headersSent, getHeaders } = response as Loose;
  return {
    statusCode: headersSent === false ? null : statusCode,
    headers:
      typeof getHeaders === 'function'
        ? (getHeaders as () => unknown).call(response)
        : readProperty(response, 'headers'),
  };
}

/** pino's own serializers, for those who name them. */
export const stdSerializers = {
  err,
  errWithCause: err,
  req,
  res,
  mapHttpRequest: (request: unknown) => ({ req: req(request) }),
  mapHttpResponse: (response: unknown) => ({ res: res(response) }),
};

/** `{ req }` for what looks like a request, `{ res }` for a response: pino lets both be logged as they are. */
export function httpFields(value: object): object {
  try {
    const { method, headers, socket, setHeader } = value as Loose;
    if (method && headers && socket) return { req: value };
    return typeof setHeader === 'function' ? { res: value } : value;
  } catch {
    return value; // a Proxy, a getter
  }
}

/** Ways to write the time, as pino has them: a piece of JSON that begins with a comma. */
export const stdTimeFunctions = {
  epochTime: () => `,"time":${Date.now()}`,
  nullTime: () => '',
  unixTime: () => `,"time":${Math.round(Date.now() / 1000)}`,
  isoTime: () => `,"time":"${new Date().toISOString()}"`,
};
