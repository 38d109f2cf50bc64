import { formatDuration } from '../query/duration.js';
import type { MetricSource, RequestOptions } from '../query/source.js';
import type { Slicing } from './budgeting.js';
import type { Counts } from './count-ring.js';
import type { SloNote } from './indicator.js';
import { isTracker } from './is-tracker.js';
import { checkObjective, type Objective, type SloOptions } from './options.js';
import { type EventQueries, errorRatio, inWindow, objectiveQueries, sliceError } from './promql-window.js';
import { queryNumber } from './query-number.js';
import { type SloStatus, statusOf } from './status.js';
import type { SloTracker } from './tracker.js';

/**
 * How an objective stands, worked out by a `MetricSource` (a Prometheus, mostly) from what it has kept: for many
 * instances at once, and without a tracker. An objective without an indicator goes by `slo_events_total`.
 *
 * @param time Milliseconds since the epoch.
 * @throws QueryError where the source cannot answer.
 */
export async function statusFromSource(
  given: SloOptions | SloTracker | Objective,
  source: MetricSource,
  time: number,
  options: RequestOptions = {},
): Promise<SloStatus> {
  const objective = objectiveOf(given);
  const definition = objective.indicator?.definition;
  const slicing = definition === undefined ? undefined : objective.slicing;
  const queries = objectiveQueries(`objective ${objective.id}`, objective.id, definition);
  const [from] = objective.window.bounds(time);
  const whole = Math.max(1000, Math.round((time - from) / 1000) * 1000);
  const lengths = new Set([whole, ...objective.alerts.flatMap(({ short, long }) => [short, long])]);
  const counts = new Map<number, Counts>();
  const notes: SloNote[] = [];
  await Promise.all(
    Array.from(lengths, async (length) => {
      const ask = async (query: string) => queryNumber(await source.query(query, { time, ...options }));
      const counted = await countsIn(queries, slicing, length, ask);
      if (counted.bad > (counted.good + counted.bad) * (1 + 1e-6)) {
        notes.push({ code: 'good_exceeds_total', message: `${objective.id}: more is bad than there is` });
      }
      counts.set(length, counted);
    }),
  );
  const none = { good: 0, bad: 0 };
  return statusOf(
    objective,
    time,
    time - from,
    counts.get(whole)!,
    (length) => counts.get(length) ?? none,
    notes,
  );
}

function objectiveOf(given: SloOptions | SloTracker | Objective): Objective {
  if (isTracker(given)) return given.objective;
  return 'share' in given ? given : checkObjective('statusFromSource', given);
}

async function countsIn(
  queries: EventQueries,
  slicing: Slicing | undefined,
  length: number,
  ask: (query: string) => Promise<number>,
): Promise<Counts> {
  const window = formatDuration(length);
  if (slicing === undefined) {
    const [bad, total] = await Promise.all([
      ask(inWindow(queries.bad, window)),
      ask(inWindow(queries.total, window)),
    ]);
    const failed = Math.max(0, bad);
    return { good: Math.max(0, total - failed), bad: failed };
  }
  const slices = `(${sliceErrors(queries, slicing)})[${window}:${formatDuration(slicing.slice)}]`;
  const [share, count] = await Promise.all([
    ask(`avg_over_time(${slices})`),
    ask(`count_over_time(${slices})`),
  ]);
  return { good: count * (1 - share), bad: count * share };
}

function sliceErrors({ bad, total }: EventQueries, slicing: Slicing): string {
  const window = formatDuration(slicing.slice);
  return sliceError(errorRatio(`(${inWindow(bad, window)})`, inWindow(total, window)), slicing);
}
