import { Labels, METRIC_NAME } from '../labels.js';
import type { AggregateExpr } from '../promql/ast.js';
import type { Work } from '../work.js';
import { eachPausing, KEY_UNITS } from './pausing.js';
import type { StepSeries } from './values.js';

/** Series that are aggregated together. */
export interface Group {
  readonly labels: Labels;
  readonly members: StepSeries[];
}

/** What `by` or `without` leaves of a series' labels: its key, and the labels themselves. */
export interface Grouping {
  key(labels: Labels): string;
  labels(labels: Labels): Labels;
}

export function groupingOf({ grouping, without }: AggregateExpr): Grouping {
  if (without) {
    const names = [...grouping, METRIC_NAME];
    return { key: (labels) => labels.without(names).key, labels: (labels) => labels.without(names) };
  }
  if (grouping.length === 0) return { key: () => '', labels: () => Labels.EMPTY };
  const names = [...new Set(grouping)].sort();
  return { key: (labels) => labels.keyOf(names), labels: (labels) => labels.keep(names) };
}

/** Groups in the order in which their first members come. */
export async function groupSeries(
  work: Work,
  vector: readonly StepSeries[],
  grouping: Grouping,
): Promise<Group[]> {
  const groups = new Map<string, Group>();
  await eachPausing(work, vector, KEY_UNITS, (series) => {
    const key = grouping.key(series.labels);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { labels: grouping.labels(series.labels), members: [series] });
    else group.members.push(series);
  });
  return [...groups.values()];
}
