import { type Clock, systemClock } from '../../common/clock.js';
import { messageOf } from '../../common/diagnostics.js';
import { retryAfter } from '../../common/http-answer.js';
import { cryptoRandom, type RandomSource } from '../../common/random.js';
import { type RetryPolicy, retryDelay } from '../../common/retry.js';
import { withoutTelemetry } from '../../common/suppression.js';
import { QueryError, type QueryErrorType } from '../errors.js';
import type { RequestOptions } from '../source.js';
import type { WireAnswer } from './wire.js';

export interface ApiClientOptions {
  readonly url: URL;
  readonly headers:
    | Readonly<Record<string, string>>
    | (() => Record<string, string> | Promise<Record<string, string>>);
  readonly timeout: number;
  readonly retry: RetryPolicy;
  readonly fetch: typeof fetch;
  readonly clock?: Clock | undefined;
  readonly random?: RandomSource | undefined;
}

/** Answers worth another try: the server is there but cannot right now. */
const TRY_AGAIN: readonly number[] = [429, 502, 503, 504];
const ERROR_TYPES: readonly string[] = [
  'bad_data',
  'execution',
  'timeout',
  'canceled',
  'unavailable',
  'not_found',
  'internal',
];

/** Asks Prometheus's HTTP API, again where that may help, and never for longer than the deadline. */
export class ApiClient {
  readonly #options: ApiClientOptions;
  readonly #clock: Clock;
  readonly #random: RandomSource;

  constructor(options: ApiClientOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#random = options.random ?? cryptoRandom();
  }

  /** Sends a request and gives the answer of a success. Long queries would not fit into a URL: they are posted. */
  async request(
    method: 'GET' | 'POST',
    path: string,
    params: URLSearchParams,
    { signal, timeout = this.#options.timeout }: RequestOptions,
  ): Promise<WireAnswer> {
    const abort = new AbortController();
    const cancel = (): void => abort.abort(new QueryError('canceled', 'query was canceled'));
    const timer = this.#clock.setTimeout(() => {
      abort.abort(new QueryError('timeout', `no answer within ${timeout} ms`));
    }, timeout);
    signal?.addEventListener('abort', cancel, { once: true });
    if (signal?.aborted) cancel();
    try {
      return await this.#attempts(method, path, params, abort.signal);
    } catch (error) {
      if (abort.signal.aborted) throw abort.signal.reason;
      throw error;
    } finally {
      timer.cancel();
      signal?.removeEventListener('abort', cancel);
    }
  }

  async #attempts(
    method: string,
    path: string,
    params: URLSearchParams,
    signal: AbortSignal,
  ): Promise<WireAnswer> {
    const { retry } = this.#options;
    const started = this.#clock.monotonic();
    for (let attempt = 1; ; attempt++) {
      let wait: number | undefined;
      let failure: QueryError;
      try {
        const response = await this.#send(method, path, params, signal);
        if (!TRY_AGAIN.includes(response.status)) return await this.#read(response);
        wait = retryAfter(response.headers.get('retry-after') ?? undefined, this.#clock.now());
        failure = await errorOf(response);
      } catch (error) {
        if (error instanceof QueryError || signal.aborted) throw error;
        const { origin } = this.#options.url;
        failure = new QueryError('unavailable', `${origin} cannot be reached: ${causeOf(error)}`, {
          cause: error,
        });
      }
      if (attempt >= retry.maxAttempts) throw failure;
      const delay = retryDelay(retry, attempt, this.#random, wait ?? 0);
      if (this.#clock.monotonic() - started + delay > retry.maxElapsed) throw failure;
      await this.#sleep(delay, signal);
    }
  }

  async #send(method: string, path: string, params: URLSearchParams, signal: AbortSignal): Promise<Response> {
    const { url, headers, fetch } = this.#options;
    const target = new URL(`${url.pathname.replace(/\/$/, '')}${path}`, url);
    const posted = method === 'POST';
    if (!posted) target.search = params.toString();
    const given = typeof headers === 'function' ? await headers() : headers;
    return withoutTelemetry(() =>
      fetch(target, {
        method,
        headers: { accept: 'application/json', ...given },
        ...(posted ? { body: params } : {}),
        signal,
        // A redirect may lead anywhere, with the headers' secrets.
        redirect: 'error',
      }),
    );
  }

  async #read(response: Response): Promise<WireAnswer> {
    if (!response.ok) throw await errorOf(response);
    let answer: unknown;
    try {
      answer = await response.json();
    } catch (error) {
      throw new QueryError('internal', 'the answer is not JSON', { cause: error });
    }
    if ((answer as WireAnswer | null)?.status === 'success') return answer as WireAnswer;
    throw new QueryError('internal', 'the answer is not in the form of the Prometheus HTTP API');
  }

  #sleep(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const stop = (): void => {
        timer.cancel();
        reject(signal.reason as Error);
      };
      const timer = this.#clock.setTimeout(() => {
        signal.removeEventListener('abort', stop);
        resolve();
      }, ms);
      if (signal.aborted) stop();
      else signal.addEventListener('abort', stop, { once: true });
    });
  }
}

/** The error that an answer tells of, in the API's own words where it has any. */
async function errorOf(response: Response): Promise<QueryError> {
  const text = await response.text().catch(() => '');
  try {
    const { errorType, error } = JSON.parse(text) as WireAnswer;
    if (typeof error === 'string') {
      const type = ERROR_TYPES.includes(errorType ?? '') ? (errorType as QueryErrorType) : 'internal';
      return new QueryError(type, error);
    }
  } catch {
    // Not from Prometheus: a proxy, most likely.
  }
  const type = TRY_AGAIN.includes(response.status)
    ? 'unavailable'
    : response.status === 404
      ? 'not_found'
      : 'internal';
  const said = text.replace(/\s+/g, ' ').trim().slice(0, 200);
  return new QueryError(type, `the server answered ${response.status}${said === '' ? '' : `: ${said}`}`);
}

/** `fetch` hides the reason of a failed connection in the cause. */
function causeOf(error: unknown): string {
  const { cause } = error as { cause?: unknown };
  return cause === undefined ? messageOf(error) : messageOf(cause) || messageOf(error);
}
