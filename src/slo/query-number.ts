import type { QueryResult } from '../query/result.js';

/** The one number of an answer: the sum over its series, 0 where there is none. Never NaN. */
export function queryNumber(result: QueryResult): number {
  if (result.type === 'scalar') return finite(result.value);
  if (result.type !== 'vector') return 0;
  return result.samples.reduce((sum, { value }) => sum + (typeof value === 'number' ? finite(value) : 0), 0);
}

function finite(value: number): number {
  return Number.isFinite(value) ? value : 0;
}
