import { type Clock, systemClock } from '../common/clock.js';
import { Diagnostics } from '../common/diagnostics.js';
import { invalidOption } from '../common/errors.js';
import { checkMethods, checkNumber, checkOptions, checkString } from '../common/options.js';
import { formatDuration } from '../query/duration.js';
import { type Budgeting, checkBudgeting, type Slicing } from './budgeting.js';
import { type BurnRateAlert, type BurnRateTier, checkTiers } from './burn-rate.js';
import type { Indicator } from './indicator.js';
import { type ObjectiveWindow, objectiveWindow, type SloWindow } from './window.js';

/** Percent of the budget that is used up when a state begins. */
export interface StateThresholds {
  /** Default 50. */
  warning?: number;
  /** Default 80. */
  critical?: number;
  /** Default 100. */
  breached?: number;
}

/** An objective: what share of something has to be good, and over what time. */
export interface SloOptions {
  /** Letters, digits, `_`, `.` and `-`; one of a kind in a process. */
  id: string;
  /** For people. Default: the id. */
  name?: string;
  /** The service that it is for. */
  service?: string;
  description?: string;
  /** Percent that has to be good: `99.9`. */
  target: number;
  /** `30d`, or `{ calendar: 'month', timeZone: 'Europe/Berlin' }`. Default `30d`. */
  window?: SloWindow;
  /** Where events come from, besides those that are recorded by hand. */
  indicator?: Indicator;
  /** Seconds up to which `recordLatency` counts as good. */
  latencyThreshold?: number;
  /** How the budget is counted. Default `occurrences`. */
  budgeting?: Budgeting;
  /**
   * Burn rate alerts. Default: the four tiers of the SRE workbook; of them those that fit, for less than 28 days. An
   * empty array: none.
   */
  alerts?: readonly BurnRateTier[];
  thresholds?: StateThresholds;
  /**
   * Percent of a minute's events from which on the minute counts as failed, in the report on availability.
   * Default 50.
   */
  failingPercent?: number;
}

export interface SloTrackerOptions extends SloOptions {
  clock?: Clock;
  diagnostics?: Diagnostics;
}

/** An objective, checked. */
export interface Objective {
  readonly id: string;
  readonly name: string;
  readonly service: string | undefined;
  readonly description: string | undefined;
  /** 0 to 1. */
  readonly target: number;
  /** The share that may be bad: 1 minus the target, without what floating point makes of 1 - 0.999. */
  readonly share: number;
  /** As it was given: percent. */
  readonly targetPercent: number;
  readonly window: ObjectiveWindow;
  readonly indicator: Indicator | undefined;
  /** Seconds. */
  readonly latencyThreshold: number | undefined;
  readonly slicing: Slicing | undefined;
  readonly alerts: readonly BurnRateAlert[];
  readonly thresholds: Required<StateThresholds>;
  /** The share of a minute's events from which on it counts as failed, 0 to 1. */
  readonly failing: number;
}

const OPTIONS = [
  'id',
  'name',
  'service',
  'description',
  'target',
  'window',
  'indicator',
  'latencyThreshold',
  'budgeting',
  'alerts',
  'thresholds',
  'failingPercent',
] as const;

const PERCENT = { min: 0, max: 100 };

/** Checks an objective. `owner` is what the user called: `SloTracker`, or the path of an objective in a list. */
export function checkObjective(owner: string, options: SloOptions): Objective {
  const given = checkOptions(owner, options, OPTIONS);
  if (typeof given.id !== 'string' || !/^[\w.-]{1,200}$/.test(given.id)) {
    throw invalidOption(owner, 'id', given.id, 'letters, digits, _, . and -');
  }
  const subject = `${owner} ${given.id}`;
  const percent = checkNumber(subject, 'target', given.target, Number.NaN, PERCENT);
  if (Number.isNaN(percent)) throw invalidOption(subject, 'target', given.target, 'percent from 0 to 100');
  // 99.9 / 100 is 0.9990000000000001; the nearest double to 0.999 is what everybody else computes with.
  const target = Number((percent / 100).toPrecision(15));
  const share = Number((1 - target).toPrecision(12));
  const window = objectiveWindow(subject, 'window', given.window ?? '30d');
  if (given.description !== undefined) checkString(subject, 'description', given.description, '');
  const slicing = checkBudgeting(subject, given.budgeting, target);
  if (slicing !== undefined && slicing.slice > window.longest) {
    const accepted = `at most the objective's window, ${formatDuration(window.longest)}`;
    throw invalidOption(subject, 'budgeting.slice', formatDuration(slicing.slice), accepted);
  }
  return {
    id: given.id,
    name: checkString(subject, 'name', given.name, given.id),
    service: given.service === undefined ? undefined : checkString(subject, 'service', given.service, ''),
    description: given.description,
    target,
    share,
    targetPercent: percent,
    window,
    indicator:
      given.indicator === undefined
        ? undefined
        : checkMethods(subject, 'indicator', given.indicator, ['start']),
    latencyThreshold:
      given.latencyThreshold === undefined
        ? undefined
        : checkNumber(subject, 'latencyThreshold', given.latencyThreshold, 0, { min: 0 }),
    slicing,
    alerts: checkTiers(subject, given.alerts, window.longest, share, slicing?.slice),
    thresholds: checkThresholds(subject, given.thresholds),
    failing: checkNumber(subject, 'failingPercent', given.failingPercent, 50, PERCENT) / 100,
  };
}

function checkThresholds(owner: string, given: StateThresholds | undefined): Required<StateThresholds> {
  const options = checkOptions(`${owner}: thresholds`, given, ['warning', 'critical', 'breached']);
  const level = (name: keyof StateThresholds, fallback: number) =>
    checkNumber(owner, `thresholds.${name}`, options[name], fallback, { min: 0 });
  const warning = level('warning', 50);
  const critical = level('critical', 80);
  const breached = level('breached', 100);
  if (critical < warning) {
    throw invalidOption(owner, 'thresholds.critical', critical, `at least warning, which is ${warning}`);
  }
  if (breached < critical) {
    throw invalidOption(owner, 'thresholds.breached', breached, `at least critical, which is ${critical}`);
  }
  return { warning, critical, breached };
}

/** The options of a tracker: an objective, and what is handed in besides. */
export function checkTrackerOptions(owner: string, options: SloTrackerOptions) {
  const {
    clock = systemClock,
    diagnostics = new Diagnostics({ clock }),
    ...objective
  } = checkOptions(owner, options, [...OPTIONS, 'clock', 'diagnostics']);
  return { clock, diagnostics, objective: checkObjective(owner, objective) };
}
