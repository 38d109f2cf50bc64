import type { ServerResponse } from 'node:http';
import type { Span } from '@opentelemetry/api';
import { invalidOption } from '../../common/errors.js';
import { checkBoolean } from '../../common/options.js';

const TRANSACTION_ID = 'X-Transaction-ID';
/** What the name of a header may be (RFC 9110). */
const HEADER_NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/**
 * What writes the ids of a request into its response, by the options `transactionId` and `traceResponse`;
 * `undefined` where both are off.
 *
 * Specification: https://w3c.github.io/trace-context/#trace-context-http-response-headers-format
 */
export function idTeller(
  owner: string,
  options: { transactionId?: boolean | string; traceResponse?: boolean },
): ((span: Span, response: ServerResponse) => void) | undefined {
  const { transactionId = false } = options;
  const name = transactionId === true ? TRANSACTION_ID : transactionId;
  if (name !== false && (typeof name !== 'string' || !HEADER_NAME.test(name))) {
    throw invalidOption(owner, 'transactionId', transactionId, 'true, false or the name of a header');
  }
  const traceResponse = checkBoolean(owner, 'traceResponse', options.traceResponse, false);
  if (name === false && !traceResponse) return undefined;

  return function tellIds(span, response) {
    if (response.headersSent) return;
    const { traceId, spanId, traceFlags } = span.spanContext();
    if (name !== false) response.setHeader(name, traceId);
    if (traceResponse) {
      response.setHeader(
        'traceresponse',
        `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`,
      );
    }
  };
}
