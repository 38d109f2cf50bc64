import { Labels, METRIC_NAME } from '../labels.js';
import type { AggregateExpr } from '../promql/ast.js';
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
export function groupSeries(vector: readonly StepSeries[], grouping: Grouping): Group[] {
  const groups = new Map<string, Group>();
  for (const series of vector) {
    const key = grouping.key(series.labels);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { labels: grouping.labels(series.labels), members: [series] });
    else group.members.push(series);
  }
  return [...groups.values()];
}
