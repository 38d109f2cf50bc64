import { type BurnRateVerdict, burnRate, judge } from './burn-rate.js';
import type { Counts } from './count-ring.js';
import type { SloNote } from './indicator.js';
import type { Objective } from './options.js';

export type SloState = 'healthy' | 'warning' | 'critical' | 'breached';

/** Bad events that an objective allows for, in one unit. */
export interface BudgetAmounts {
  readonly total: number;
  readonly consumed: number;
  /** Below 0 when more was used than there is. */
  readonly remaining: number;
}

/** How an objective stands at a moment. */
export interface SloStatus {
  readonly id: string;
  readonly name: string;
  readonly service: string | undefined;
  /** Milliseconds since the epoch. */
  readonly time: number;
  /** Percent. */
  readonly target: number;
  readonly window: {
    /** `30d`, `month (Europe/Berlin)`. */
    readonly text: string;
    /** Milliseconds since the epoch. */
    readonly from: number;
    readonly to: number;
    /** How much of the window until now has been watched, 0 to 1. */
    readonly covered: number;
  };
  /** Events, or slices of time where the budget is counted in such. */
  readonly good: number;
  readonly bad: number;
  readonly total: number;
  /** The share that was good, 0 to 1; 1 where nothing happened. */
  readonly compliance: number;
  /** Whether the target is kept. */
  readonly met: boolean;
  readonly budget: {
    /** In events, or slices: of those that there were, so many may be bad. */
    readonly events: BudgetAmounts;
    /** In minutes of full outage, of the whole window. */
    readonly minutes: BudgetAmounts;
    /** 1 is all of it; `Infinity` where the target leaves none and something failed. */
    readonly consumed: number;
    /** 1 minus `consumed`. */
    readonly remaining: number;
  };
  /** Over the whole window, then by window: `{ '1h': 14.4, … }`. */
  readonly burnRate: number;
  readonly burnRates: Readonly<Record<string, number>>;
  readonly alerts: readonly BurnRateVerdict[];
  readonly state: SloState;
  /** What to know about these figures. */
  readonly notes: readonly SloNote[];
}

const MINUTE_MS = 60_000;
/** For divisions that are not exact in binary: 1 of 1,000 keeps a target of 99.9 %. */
const EPSILON = 1e-9;

/**
 * Works out a status from counts. No part of it is ever NaN: where nothing happened, nothing was burnt.
 *
 * @param watched Milliseconds of the window so far in which a process was counting.
 * @param counts What happened in the objective's window so far.
 * @param inLast What happened in the last so many milliseconds.
 */
export function statusOf(
  objective: Objective,
  now: number,
  watched: number,
  counts: Counts,
  inLast: (length: number) => Counts,
  notes: readonly SloNote[],
): SloStatus {
  const { share, window } = objective;
  const [from, to] = window.bounds(now);
  const { good, bad } = counts;
  const total = good + bad;
  const burnt = burnRate(counts, share);
  const allowed = total * share;
  const minutes = ((to - from) / MINUTE_MS) * share;
  const elapsed = Math.max(1, now - from);
  const covered = Math.min(1, Math.max(0, watched / elapsed));
  const alerts = objective.alerts.map((alert) => judge(alert, share, inLast));
  const burnRates: Record<string, number> = {};
  for (const { long, short, longBurnRate, shortBurnRate } of alerts) {
    burnRates[short] = shortBurnRate;
    burnRates[long] = longBurnRate;
  }
  return {
    id: objective.id,
    name: objective.name,
    service: objective.service,
    time: now,
    target: objective.targetPercent,
    window: { text: window.text, from, to, covered },
    good,
    bad,
    total,
    compliance: total === 0 ? 1 : good / total,
    met: burnt <= 1 + EPSILON,
    budget: {
      events: { total: allowed, consumed: bad, remaining: allowed - bad },
      minutes: amounts(minutes, burnt),
      consumed: burnt,
      remaining: 1 - burnt,
    },
    burnRate: burnt,
    burnRates,
    alerts,
    state: stateOf(objective, burnt),
    notes: [...ownNotes(objective, total, covered), ...notes],
  };
}

function amounts(total: number, burnt: number): BudgetAmounts {
  // Nothing of nothing: 0 times Infinity would be NaN.
  const consumed = total === 0 ? 0 : total * burnt;
  return { total, consumed, remaining: total - consumed };
}

function stateOf({ thresholds }: Objective, consumed: number): SloState {
  const percent = consumed * 100 * (1 + EPSILON);
  if (percent === 0) return 'healthy';
  if (percent >= thresholds.breached) return 'breached';
  if (percent >= thresholds.critical) return 'critical';
  return percent >= thresholds.warning ? 'warning' : 'healthy';
}

function ownNotes(objective: Objective, total: number, covered: number): SloNote[] {
  const notes: SloNote[] = [];
  if (total === 0)
    notes.push({ code: 'no_traffic', message: 'nothing happened in the window: nothing is burnt' });
  if (objective.target === 1) {
    notes.push({ code: 'no_budget', message: 'a target of 100 % leaves no budget: any failure breaches it' });
  }
  if (covered < 0.999) {
    const percent = Math.floor(covered * 1000) / 10;
    notes.push({
      code: 'partial_window',
      message: `only ${percent} % of the window so far has been watched`,
    });
  }
  return notes;
}
