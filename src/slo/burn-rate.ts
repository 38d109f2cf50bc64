import { invalidOption } from '../common/errors.js';
import { checkArray, checkInteger, checkNumber, checkOptions, checkString } from '../common/options.js';
import { formatDuration } from '../query/duration.js';
import { type Counts, FINEST_MS } from './count-ring.js';
import { durationOption } from './window.js';

/**
 * One tier of a multi-window, multi-burn-rate alert: fires while both windows burn at least as fast as would use up
 * `budget` percent of the whole budget within the long one.
 *
 * Paper: The Site Reliability Workbook, chapter 5, "Alerting on SLOs", section 6.
 */
export interface BurnRateTier {
  /** Free: `page`, `ticket`, … */
  severity: string;
  /** Percent of the objective's whole budget. */
  budget: number;
  /** Such as `1h`. */
  long: string;
  /** Lets go soon after the burning has stopped. Default: a twelfth of `long`. Never less than a slice of time. */
  short?: string;
  /** Events in the long window below which the tier keeps silent. Default 0. */
  minEvents?: number;
  /** Bad events in the long window below which the tier keeps silent: one of ten is no outage. Default 0. */
  minFailures?: number;
}

/** A tier with its factor worked out. */
export interface BurnRateAlert {
  readonly severity: string;
  /** Percent of the budget. */
  readonly budget: number;
  /** How many times faster than the budget allows for: 14.4 for 2 % in one hour of 30 days. */
  readonly factor: number;
  /** Milliseconds. */
  readonly long: number;
  /** Milliseconds. */
  readonly short: number;
  readonly minEvents: number;
  readonly minFailures: number;
  /** Why it can never fire, where it cannot: the factor asks for more failures than there are events. */
  readonly unreachable?: string;
}

/** Whether a tier fires, and the burn rates that say so. */
export interface BurnRateVerdict {
  readonly severity: string;
  readonly long: string;
  readonly short: string;
  readonly factor: number;
  readonly longBurnRate: number;
  readonly shortBurnRate: number;
  readonly firing: boolean;
  /** There was too little traffic to judge. */
  readonly quiet: boolean;
}

/** The workbook's own tiers, for 30 days: factors 14.4, 6, 3 and 1. */
export const WORKBOOK_TIERS: readonly BurnRateTier[] = [
  { severity: 'page', budget: 2, long: '1h', short: '5m' },
  { severity: 'page', budget: 5, long: '6h', short: '30m' },
  { severity: 'ticket', budget: 10, long: '1d', short: '2h' },
  { severity: 'ticket', budget: 10, long: '3d', short: '6h' },
];

/** The shortest objective that the workbook's percentages make sense for: 28 days, a month as others count it. */
const MONTH_MS = 28 * 86_400_000;

/**
 * The tiers for an objective that names none. The workbook's, by their percentages, from 28 days on. Two percent of a
 * week's budget in an hour is a burn rate of 3, of a day's 0.5: that would wake people while the objective is kept. So
 * shorter objectives keep the factors instead, and lose the tiers in which more than the whole budget would have to go.
 */
function defaultTiers(period: number): readonly BurnRateTier[] {
  if (period >= MONTH_MS) return WORKBOOK_TIERS;
  return WORKBOOK_TIERS.map((tier) => ({ ...tier, budget: (tier.budget * 30 * 86_400_000) / period })).filter(
    ({ budget }) => budget <= 100,
  );
}

/**
 * @param period Milliseconds of the objective's window.
 * @param share The share of events that may be bad, 0 to 1.
 * @param slice Milliseconds of a slice, where the budget is counted in such.
 */
export function checkTiers(
  owner: string,
  given: readonly BurnRateTier[] | undefined,
  period: number,
  share: number,
  slice = 0,
): readonly BurnRateAlert[] {
  const alerts: BurnRateAlert[] = [];
  checkArray(owner, 'alerts', given ?? defaultTiers(period), (tier, path) => {
    const alert = checkTier(owner, path, tier, period, share, slice);
    if (alert.long <= period) alerts.push(alert);
    else if (given !== undefined) {
      const longest = `at most the objective's window, ${formatDuration(period)}`;
      throw invalidOption(owner, `${path}.long`, tier.long, longest);
    }
  });
  return alerts;
}

function checkTier(
  owner: string,
  path: string,
  tier: BurnRateTier,
  period: number,
  share: number,
  slice: number,
): BurnRateAlert {
  const given = checkOptions(`${owner}: ${path}`, tier, [
    'severity',
    'budget',
    'long',
    'short',
    'minEvents',
    'minFailures',
  ]);
  const long = durationOption(owner, `${path}.long`, given.long, 60_000);
  let short =
    given.short === undefined
      ? Math.max(FINEST_MS, Math.round(long / 12 / FINEST_MS) * FINEST_MS)
      : durationOption(owner, `${path}.short`, given.short, FINEST_MS);
  if (slice > short) short = Math.min(long, slice);
  if (short > long) {
    throw invalidOption(
      owner,
      `${path}.short`,
      given.short,
      `at most the long window, ${formatDuration(long)}`,
    );
  }
  const budget = checkNumber(owner, `${path}.budget`, given.budget, Number.NaN, { min: 0 });
  if (!(budget > 0))
    throw invalidOption(owner, `${path}.budget`, given.budget, 'percent of the budget above 0');
  const factor = ((budget / 100) * period) / long;
  const failing = factor * share;
  return {
    severity: checkString(owner, `${path}.severity`, given.severity, 'page'),
    budget,
    factor,
    long,
    short,
    minEvents: checkInteger(owner, `${path}.minEvents`, given.minEvents, 0, { min: 0 }),
    minFailures: checkInteger(owner, `${path}.minFailures`, given.minFailures, 0, { min: 0 }),
    ...(slice > long && {
      unreachable: `${path} (${formatDuration(long)}) can never fire: a slice takes ${formatDuration(slice)}`,
    }),
    ...(failing >= 1 && {
      unreachable:
        `${path} (${budget} % in ${formatDuration(long)}) can never fire: at a burn rate of ${round(factor)}, with ` +
        `${round(share * 100)} % allowed to fail, ${round(failing * 100)} % of all events would have to`,
    }),
  };
}

/** How fast the budget is used up: 1 uses all of it in exactly one window. No traffic burns nothing. */
export function burnRate({ good, bad }: Counts, share: number): number {
  if (bad <= 0) return 0;
  return bad / (good + bad) / share;
}

/** Judges one tier. `counts` gives what happened in the last so many milliseconds. */
export function judge(
  alert: BurnRateAlert,
  share: number,
  counts: (length: number) => Counts,
): BurnRateVerdict {
  const inLong = counts(alert.long);
  const longBurnRate = burnRate(inLong, share);
  const shortBurnRate = burnRate(counts(alert.short), share);
  const quiet = inLong.good + inLong.bad < alert.minEvents || inLong.bad < alert.minFailures;
  return {
    severity: alert.severity,
    long: formatDuration(alert.long),
    short: formatDuration(alert.short),
    factor: alert.factor,
    longBurnRate,
    shortBurnRate,
    // As the rules for Prometheus have it: above the factor, not at it.
    firing: !quiet && longBurnRate > alert.factor && shortBurnRate > alert.factor,
    quiet,
  };
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
