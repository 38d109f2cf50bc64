import { checkOptions } from '../common/options.js';
import type { Episode } from './episodes.js';
import type { SloTracker } from './tracker.js';
import { durationOption } from './window.js';

/** How available a service was. Times in milliseconds. */
export interface AvailabilityReport {
  readonly id: string;
  readonly name: string;
  readonly service: string | undefined;
  /** Since the epoch. */
  readonly from: number;
  readonly to: number;
  readonly total: number;
  readonly good: number;
  readonly bad: number;
  /** The share of events that were good, 0 to 1; 1 where nothing happened. */
  readonly availability: number;
  /** Percent. */
  readonly target: number;
  readonly met: boolean;
  /** Time in episodes of failure. */
  readonly downtime: number;
  readonly episodes: readonly Episode[];
  /** Mean time between failures: the time outside of episodes, by their number. Undefined where nothing failed. */
  readonly mtbf: number | undefined;
  /** Mean time to recovery, of the episodes that are over. Undefined where none is. */
  readonly mttr: number | undefined;
  /** The longest episode; one that lasts counts up to now. 0 where nothing failed. */
  readonly longestOutage: number;
  /** The rule by which an episode is told. */
  readonly rule: string;
}

export interface AvailabilityOptions {
  /** The time to report on, up to now. Default: the objective's own window. */
  window?: string;
}

/**
 * Reports on how available each objective's service was: events, downtime, time between failures and to recovery,
 * by the episodes of failure that were found in the events.
 */
export function availabilityReport(
  trackers: Iterable<SloTracker>,
  options: AvailabilityOptions = {},
): AvailabilityReport[] {
  const { window } = checkOptions('availabilityReport', options, ['window']);
  const length =
    window === undefined ? undefined : durationOption('availabilityReport', 'window', window, 60_000);
  return Array.from(trackers, (tracker) => reportOn(tracker, length));
}

function reportOn(tracker: SloTracker, length: number | undefined): AvailabilityReport {
  const { id, name, service, targetPercent, failing } = tracker.objective;
  const status = tracker.status();
  const to = status.time;
  const watchedFrom = to - tracker.watched(length === undefined ? undefined : to - length);
  const from = length === undefined ? status.window.from : to - length;
  const { good, bad } = length === undefined ? status : tracker.countsFor(length);
  const total = good + bad;
  const episodes = tracker.episodes(from, to);
  const times = episodes.map((episode) => Math.min(to, episode.to ?? to) - Math.max(from, episode.from));
  const downtime = times.reduce((sum, time) => sum + time, 0);
  const over = episodes.flatMap((episode) => (episode.to === undefined ? [] : [episode.to - episode.from]));
  return {
    id,
    name,
    service,
    from,
    to,
    total,
    good,
    bad,
    availability: total === 0 ? 1 : good / total,
    target: targetPercent,
    met: total === 0 || bad / total <= tracker.objective.share * (1 + 1e-9),
    downtime,
    episodes,
    mtbf: episodes.length === 0 ? undefined : Math.max(0, to - watchedFrom - downtime) / episodes.length,
    mttr: over.length === 0 ? undefined : over.reduce((sum, time) => sum + time, 0) / over.length,
    longestOutage: Math.max(0, ...times),
    rule: `a minute with events fails when at least ${Number((failing * 100).toPrecision(6))} % of them do`,
  };
}
