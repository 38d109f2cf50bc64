import type { ReadableSpan } from '../../trace/index.js';

/** How a transaction ended. */
export type Outcome = 'success' | 'failure' | 'timeout';

export const OUTCOMES: readonly Outcome[] = ['success', 'failure', 'timeout'];

/** The attribute by which a transaction says how it ended. */
export const OUTCOME_ATTRIBUTE = 'transaction.outcome';

/** OpenTelemetry's `SpanStatusCode.ERROR`. */
const ERROR = 2;

/** What `error.type` says of an operation that took too long: Node, undici, gRPC, PostgreSQL, HTTP, the DOM. */
const TIMEOUTS: readonly unknown[] = [
  'timeout',
  'Timeout',
  'TimeoutError',
  'ETIMEDOUT',
  'ESOCKETTIMEDOUT',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
  'DEADLINE_EXCEEDED',
  '57014',
  '504',
  '408',
];

/** What a span that has ended says of itself, else what its status and its `error.type` say. */
export function outcomeOf({ status, attributes }: Pick<ReadableSpan, 'status' | 'attributes'>): Outcome {
  const said = attributes[OUTCOME_ATTRIBUTE];
  if (OUTCOMES.includes(said as Outcome)) return said as Outcome;
  if (TIMEOUTS.includes(attributes['error.type']) || attributes['http.response.status_code'] === 504) {
    return 'timeout';
  }
  return status.code === ERROR ? 'failure' : 'success';
}
