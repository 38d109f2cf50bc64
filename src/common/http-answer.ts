import { RetryableExportError } from './export.js';

/** What a back end answered. */
export interface HttpAnswer {
  readonly status: number;
  /** Names in lower case, as Node gives them. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** As much of it as was read. */
  readonly body: Uint8Array;
  /** Nobody answered yet: a spool has the request and will send it. */
  readonly spooled?: true;
  /** The request was written whole before the answer ended: nobody reads its body any more. */
  readonly written?: boolean;
}

/** The back end answered, and said no for good. */
export class HttpError extends Error {
  override readonly name = 'HttpError';
  readonly status: number;

  constructor(message: string, status: number) {
    super(message);
    this.status = status;
  }
}

/** Exactly these, says OTLP: https://opentelemetry.io/docs/specs/otlp/#retryable-response-codes */
const RETRYABLE = [429, 502, 503, 504];

/** Gives back the answer of a success, and throws the error of anything else. */
export function classifyResponse(
  address: string,
  answer: HttpAnswer,
  now: number,
  retryAll5xx = false,
): HttpAnswer {
  const { status, headers } = answer;
  if (status >= 200 && status < 300) return answer;
  const message = `${address} answered ${status}${saying(answer)}`;
  if (RETRYABLE.includes(status) || (retryAll5xx && status >= 500))
    throw new RetryableExportError(message, retryAfter(headers['retry-after'], now));
  const { location } = headers;
  const led = status < 400 && location ? `; redirects are not followed (to ${location})` : '';
  throw new HttpError(message + led, status);
}

/**
 * Milliseconds from a `Retry-After` header: seconds, or a date (RFC 9110, 10.2.3). `undefined` for anything else
 * and for dates that have passed.
 */
export function retryAfter(header: string | string[] | undefined, now: number): number | undefined {
  if (typeof header !== 'string') return undefined;
  const text = header.trim();
  // `Date.parse` would read a number alone as a year, and more that is no date of HTTP, which begins with a letter.
  const wait = /^[a-z]/i.test(text) ? Date.parse(text) - now : /^\d+$/.test(text) ? Number(text) * 1000 : 0;
  return wait > 0 ? wait : undefined;
}

/** The beginning of what the back end says, where it is text that a person may read. */
function saying({ body, headers }: HttpAnswer): string {
  const type = String(headers['content-type'] ?? 'text/plain');
  if (body.length === 0 || !/^(text\/|application\/(problem\+)?json)/.test(type)) return '';
  const text = Buffer.from(body.subarray(0, 800)).toString('utf8').replace(/\s+/g, ' ').trim();
  return text === '' ? '' : `: ${text.slice(0, 200)}`;
}
