import { Counter } from '../metrics/counter.js';
import { Gauge } from '../metrics/gauge.js';
import type { Registry } from '../metrics/registry.js';
import type { SloState } from './status.js';
import type { SloTracker } from './tracker.js';

const STATES: readonly SloState[] = ['healthy', 'warning', 'critical', 'breached'];

/**
 * Shows objectives as metrics of a registry, worked out when it is read:
 *
 * - `slo_events_total{slo,outcome}`: events, or slices of time, that were `good` and `bad`, since the process began;
 * - `slo_objective_ratio{slo}`: the target, 0 to 1;
 * - `slo_error_budget_remaining_ratio{slo}`: 1 at first, below 0 when more was used than there is;
 * - `slo_burn_rate{slo,window}`: by each window of the alerts, and the objective's own;
 * - `slo_state{slo,state}`: 1 for the state that the objective is in;
 * - `slo_alert_firing{slo,severity,window}`: 1 while a tier fires.
 *
 * Returns a function that stops it.
 */
export function exposeObjectives(registry: Registry, trackers: readonly SloTracker[]): () => void {
  const events = registry.getOrCreate(Counter, {
    name: 'slo_events_total',
    help: 'Events of an objective, or slices of time where its budget is counted in such.',
    labelNames: ['slo', 'outcome'],
  });
  const target = registry.getOrCreate(Gauge, {
    name: 'slo_objective_ratio',
    help: 'The share of events that has to be good.',
    labelNames: ['slo'],
  });
  const remaining = registry.getOrCreate(Gauge, {
    name: 'slo_error_budget_remaining_ratio',
    help: 'The share of the error budget that is left; below 0 when more was used than there is.',
    labelNames: ['slo'],
  });
  const burn = registry.getOrCreate(Gauge, {
    name: 'slo_burn_rate',
    help: 'How fast the error budget is used up: 1 uses all of it in one window of the objective.',
    labelNames: ['slo', 'window'],
  });
  const state = registry.getOrCreate(Gauge, {
    name: 'slo_state',
    help: 'Whether an objective is in this state.',
    labelNames: ['slo', 'state'],
  });
  const firing = registry.getOrCreate(Gauge, {
    name: 'slo_alert_firing',
    help: 'Whether a burn rate alert fires.',
    labelNames: ['slo', 'severity', 'window'],
  });
  const shown = new Map<SloTracker, { good: number; bad: number }>();

  return registry.onCollect('slo', () => {
    for (const tracker of trackers) {
      const slo = tracker.id;
      const status = tracker.status();
      const now = tracker.totalsOfProcess();
      const before = shown.get(tracker) ?? { good: 0, bad: 0 };
      events.inc({ slo, outcome: 'good' }, now.good - before.good);
      events.inc({ slo, outcome: 'bad' }, now.bad - before.bad);
      shown.set(tracker, now);
      target.set({ slo }, tracker.objective.target);
      remaining.set({ slo }, status.budget.remaining);
      burn.set({ slo, window: status.window.text }, status.burnRate);
      for (const [window, rate] of Object.entries(status.burnRates)) burn.set({ slo, window }, rate);
      for (const each of STATES) state.set({ slo, state: each }, each === status.state ? 1 : 0);
      for (const { severity, long, firing: isFiring } of status.alerts) {
        firing.set({ slo, severity, window: long }, isFiring ? 1 : 0);
      }
    }
  });
}
