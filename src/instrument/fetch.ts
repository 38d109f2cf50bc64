import type { TextMapSetter } from '@opentelemetry/api';
import { checkFunction } from '../common/options.js';
import { type HttpClientOptions, HttpClientRecorder } from './client/recorder.js';
import type { HttpSignals } from './signals.js';

export type { HttpClientOptions, OutgoingRequest } from './client/recorder.js';
export { subscribeUndici } from './client/undici.js';
export type { IgnoreRules } from './ignore.js';
export type { HttpSignals, RequestLogger, RequestLogLevel } from './signals.js';

/** A function with the signature of the standard `fetch`. */
export type Fetch = typeof globalThis.fetch;

export interface InstrumentFetchOptions extends HttpClientOptions {
  /** What sends the requests. Default: the global `fetch`, as it is at each call. */
  fetch?: Fetch;
}

/**
 * A `fetch` that makes a CLIENT span of each request and sends the trace along, for those who hand a `fetch` to
 * what they use. The global one is left as it is; `subscribeUndici` covers it without any wrapping.
 *
 * The span covers all redirects and ends when the head of the last response is there.
 *
 * ```ts
 * const fetch = instrumentFetch(telemetry);
 * const response = await fetch('https://payments.example/charge', { method: 'POST', body });
 * ```
 *
 * @throws TelltaleError when an option is wrong.
 */
export function instrumentFetch(telemetry: HttpSignals, options: InstrumentFetchOptions = {}): Fetch {
  const { fetch: given, ...rest } = options;
  checkFunction('instrumentFetch', 'fetch', given);
  const recorder = new HttpClientRecorder('instrumentFetch', telemetry, rest);

  return async function tracedFetch(input, init) {
    const send = given ?? globalThis.fetch;
    const request = typeof input === 'object' && 'headers' in input ? input : undefined;
    const headers = headersOf(init?.headers ?? request?.headers);
    if (headers === undefined) return send(input, init);

    const method = (init?.method ?? request?.method ?? 'GET').toUpperCase();
    const call = recorder.start(method, request?.url ?? String(input), (name) => headers.has(name));
    if (call === undefined) return send(input, init);
    recorder.inject(call, headers, SETTER);
    try {
      const response = await recorder.run(call, () => send(input, withHeaders(init, headers)));
      recorder.responded(call, response.status);
      return response;
    } catch (error) {
      recorder.failed(call, error);
      throw error;
    }
  };
}

/** A copy with other headers. A `Request` may stand in the place of the options, and has them on its prototype. */
function withHeaders(init: RequestInit | undefined, headers: Headers): RequestInit {
  const copy: Record<string, unknown> = {};
  for (const key in init) copy[key] = init[key as keyof RequestInit];
  copy.headers = headers;
  return copy;
}

const SETTER: TextMapSetter<Headers> = {
  set(headers, name, value) {
    headers.set(name, value);
  },
};

/** A copy, so that the caller's headers stay as they are; `undefined` for what `fetch` itself will refuse. */
function headersOf(headers: ConstructorParameters<typeof Headers>[0]): Headers | undefined {
  try {
    return new Headers(headers);
  } catch {
    return undefined;
  }
}
