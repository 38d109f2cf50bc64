import { TelltaleError } from '../../common/errors.js';
import type { IndicatorDefinition } from '../indicator.js';

/** What a ratio of events is given: all of them, and one of its two parts. */
export interface RatioOptions {
  readonly good?: string | undefined;
  readonly bad?: string | undefined;
  readonly total: string;
}

/**
 * Which of the two parts is given, and how the ratio is defined by it.
 *
 * @throws TelltaleError where it is both or neither.
 */
export function partOfTotal(
  owner: string,
  { good, bad, total }: RatioOptions,
): { kind: 'good' | 'bad'; part: string; definition: IndicatorDefinition } {
  if (good !== undefined && bad === undefined)
    return { kind: 'good', part: good, definition: { good, total } };
  if (bad !== undefined && good === undefined) return { kind: 'bad', part: bad, definition: { bad, total } };
  throw new TelltaleError(`${owner}: give one of good and bad, beside total`, 'good');
}
