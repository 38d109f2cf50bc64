import { checkNumber, checkOneOf, checkOptions } from '../common/options.js';
import { durationOption } from './window.js';

/**
 * How the budget is counted, as OpenSLO's `budgetingMethod` has it.
 *
 * - `occurrences` (the default): of all events, so many may be bad.
 * - `timeslices`: of all slices of time, so many may be bad; a slice is good when at least `target` percent of its
 *   events are.
 * - `ratio-timeslices`: each slice counts with the share of its events that were good, whatever its traffic.
 *
 * A slice without events is a good one.
 */
export type Budgeting =
  | 'occurrences'
  | 'timeslices'
  | 'ratio-timeslices'
  | {
      method: 'timeslices';
      /** Length of a slice, from `10s`. Default `1m`. */
      slice?: string;
      /** Percent of a slice's events that must be good. Default: the objective's own target. */
      target?: number;
    }
  | {
      method: 'ratio-timeslices';
      /** Length of a slice, from `10s`. Default `1m`. */
      slice?: string;
    };

/** A way of counting, checked. */
export interface Slicing {
  readonly method: 'timeslices' | 'ratio-timeslices';
  /** Milliseconds. */
  readonly slice: number;
  /** 0 to 1. */
  readonly target: number;
}

const METHODS = ['occurrences', 'timeslices', 'ratio-timeslices'] as const;

/** `undefined` where every event counts by itself. `target` is the objective's own, 0 to 1. */
export function checkBudgeting(
  owner: string,
  given: Budgeting | undefined,
  target: number,
): Slicing | undefined {
  if (given === undefined || given === 'occurrences') return undefined;
  if (typeof given !== 'object') {
    checkOneOf(owner, 'budgeting', given as never, 'occurrences', METHODS);
    return checkBudgeting(owner, { method: given }, target);
  }
  const options: { method: string; slice?: string; target?: number } = checkOptions(
    `${owner}: budgeting`,
    given as { method: string; slice?: string; target?: number },
    given.method === 'timeslices' ? ['method', 'slice', 'target'] : ['method', 'slice'],
  );
  const method = checkOneOf(
    owner,
    'budgeting.method',
    options.method as Slicing['method'],
    'timeslices',
    METHODS.slice(1) as Slicing['method'][],
  );
  const percent = checkNumber(owner, 'budgeting.target', options.target, target * 100, { min: 0, max: 100 });
  return {
    method,
    slice: durationOption(owner, 'budgeting.slice', options.slice ?? '1m', 10_000),
    target: percent / 100,
  };
}

/** What one slice counts for: how much of it was good, 0 to 1. */
export function goodShare({ method, target }: Slicing, good: number, bad: number): number {
  const total = good + bad;
  if (total === 0) return 1;
  if (method === 'ratio-timeslices') return good / total;
  return good >= total * target ? 1 : 0;
}
