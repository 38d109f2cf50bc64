import { QueryError } from '../query/errors.js';
import type { QueryResult } from '../query/result.js';

/**
 * The one number of an answer: the sum over its series, 0 where there is none. NaN is 0: it is nothing of nothing.
 *
 * @throws QueryError for what is no number of events: a text, a range, an infinite one. Taken for 0 it would say that
 * nothing failed.
 */
export function queryNumber(result: QueryResult): number {
  if (result?.type === 'scalar') return finite(result.value);
  if (result?.type !== 'vector') {
    throw new QueryError(
      'execution',
      `the answer is of the type ${String(result?.type)}; a number was asked for`,
    );
  }
  return result.samples.reduce((sum, { value }) => sum + (typeof value === 'number' ? finite(value) : 0), 0);
}

function finite(value: unknown): number {
  if (typeof value !== 'number' || Math.abs(value) === Infinity) {
    throw new QueryError('execution', `the answer is ${String(value)}, which is no number of events`);
  }
  return Number.isNaN(value) ? 0 : value;
}
