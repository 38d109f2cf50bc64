import { TelltaleError } from '../common/errors.js';
import { checkArray, checkNumber, checkOneOf, checkOptions } from '../common/options.js';
import type { SloState, SloStatus } from './status.js';
import type { SloTracker } from './tracker.js';
import { durationOption } from './window.js';

/** When a policy acts. Everything that is given must hold. */
export interface SloCondition {
  /** Percent of the budget that is used up. */
  consumedAbove?: number;
  /** A burn rate, over `window`. */
  burnRateAbove?: number;
  /** Such as `1h`, the default. */
  window?: string;
  /** The objective is in one of these states. */
  state?: readonly SloState[];
  /** A burn rate alert of this severity fires. */
  firing?: string;
  /** Events in the window of the burn rate below which nothing is done. Default 0. */
  minEvents?: number;
  /**
   * Percent by which a figure must be below its bound for the condition to be over, so that one that hovers around it
   * does not act again and again. Default 10.
   */
  hysteresis?: number;
}

/** A condition that can be asked. */
export interface CheckedCondition {
  holds(status: SloStatus, tracker: SloTracker): boolean;
  /** Whether it is over: not the same as not holding. */
  isOver(status: SloStatus, tracker: SloTracker): boolean;
}

const STATES: readonly SloState[] = ['healthy', 'warning', 'critical', 'breached'];

export function checkCondition(owner: string, option: string, given: SloCondition): CheckedCondition {
  const condition = checkOptions(`${owner}: ${option}`, given, [
    'consumedAbove',
    'burnRateAbove',
    'window',
    'state',
    'firing',
    'minEvents',
    'hysteresis',
  ]);
  const { consumedAbove, burnRateAbove, firing, state } = condition;
  if ([consumedAbove, burnRateAbove, firing, state].every((part) => part === undefined)) {
    throw new TelltaleError(
      `${owner}: ${option} is empty; accepted: at least one of consumedAbove, burnRateAbove, state, firing`,
      option,
    );
  }
  checkNumber(owner, `${option}.consumedAbove`, consumedAbove, 0, { min: 0 });
  checkNumber(owner, `${option}.burnRateAbove`, burnRateAbove, 0, { min: 0 });
  checkArray(
    owner,
    `${option}.state`,
    state,
    (each, at) => void checkOneOf(owner, at, each, 'healthy', STATES),
  );
  const window = condition.window ?? '1h';
  durationOption(owner, `${option}.window`, window, 10_000);
  const minEvents = checkNumber(owner, `${option}.minEvents`, condition.minEvents, 0, { min: 0 });
  const margin =
    1 - checkNumber(owner, `${option}.hysteresis`, condition.hysteresis, 10, { min: 0, max: 100 }) / 100;

  /** With the bounds brought down by a share. */
  function holdsAt(status: SloStatus, tracker: SloTracker, share: number): boolean {
    if (consumedAbove !== undefined && !(status.budget.consumed * 100 > consumedAbove * share)) return false;
    if (burnRateAbove !== undefined && !(tracker.burnRate(window) > burnRateAbove * share)) return false;
    if (state !== undefined && !state.includes(status.state)) return false;
    if (firing !== undefined && !status.alerts.some((alert) => alert.firing && alert.severity === firing)) {
      return false;
    }
    return true;
  }

  return {
    holds(status, tracker) {
      if (minEvents > 0) {
        const { good, bad } = tracker.counts(window);
        if (good + bad < minEvents) return false;
      }
      return holdsAt(status, tracker, 1);
    },
    isOver: (status, tracker) => !holdsAt(status, tracker, margin),
  };
}
