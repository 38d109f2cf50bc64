import { QueryError } from '../../errors.js';
import { Labels, METRIC_NAME } from '../../labels.js';
import { Matcher } from '../../matcher.js';
import type { Call, Expr, VectorSelector } from '../../promql/ast.js';
import { children } from '../../promql/ast.js';
import { Collector } from '../collector.js';
import { type EvalContext, evaluateVector } from '../context.js';
import { selectInstant } from '../selectors.js';
import { ABSENT, type Grid, type StepSeries } from '../values.js';

/** The labels by which a series and its info metric find each other. */
const IDENTIFYING = ['instance', 'job'] as const;

/** `info`: adds the labels of info metrics (`target_info` unless told otherwise) to the series they describe. */
export async function callInfo(context: EvalContext, expr: Call, grid: Grid): Promise<StepSeries[]> {
  const base = await evaluateVector(context, expr.args[0]!, grid);
  const selector = expr.args[1] as VectorSelector | undefined;
  const given = selector?.matchers ?? [];
  const names = given.filter((matcher) => matcher.name === METRIC_NAME);
  const data = given.filter((matcher) => matcher.name !== METRIC_NAME);
  if (names.length === 0) names.push(new Matcher(METRIC_NAME, '=', 'target_info'));
  const isInfo = (series: StepSeries): boolean =>
    names.every((matcher) => matcher.matchesLabels(series.labels));
  const infos = await selectInfo(context, expr.args[0]!, [...names, ...data], base, grid);
  const outputs = new Collector(grid.count);
  for (const series of base) {
    const related = isInfo(series) ? undefined : infos.get(identity(series.labels));
    for (let step = 0; step < grid.count; step++) {
      if (series.kinds[step] === ABSENT) continue;
      if (isInfo(series)) outputs.add(series.labels, series.dropName, step, series.at(step));
      else {
        const labels = enriched(series.labels, related ?? [], data, step);
        if (labels !== undefined) outputs.add(labels, series.dropName, step, series.at(step));
      }
    }
    if (context.work.due(grid.count * 2)) await context.work.pause();
  }
  return outputs.all;
}

interface Info {
  readonly series: StepSeries;
  /** Seconds of each step's sample. */
  readonly times: StepSeries;
}

async function selectInfo(
  context: EvalContext,
  expr: Expr,
  matchers: readonly Matcher[],
  base: readonly StepSeries[],
  grid: Grid,
): Promise<Map<string, Info[]>> {
  const byIdentity = new Map<string, Info[]>();
  if (!base.some((series) => IDENTIFYING.some((name) => series.labels.has(name)))) return byIdentity;
  // Info metrics are looked at where the series are: their shift in time is that of the first selector.
  const shift = firstSelector(expr);
  const selector: VectorSelector = {
    type: 'selector',
    name: '',
    matchers,
    offset: shift?.offset ?? 0,
    offsetExpr: undefined,
    at: shift?.at,
    position: expr.position,
  };
  const series = await selectInstant(context, selector, grid);
  const times = new Map<string, StepSeries>();
  for (const timed of await selectInstant(context, selector, grid, true)) times.set(timed.labels.key, timed);
  for (const info of series) {
    const key = identity(info.labels);
    const list = byIdentity.get(key) ?? [];
    list.push({ series: info, times: times.get(info.labels.key)! });
    byIdentity.set(key, list);
  }
  return byIdentity;
}

function firstSelector(expr: Expr): VectorSelector | undefined {
  if (expr.type === 'selector') return expr;
  for (const child of children(expr)) {
    const found = firstSelector(child);
    if (found !== undefined) return found;
  }
  return undefined;
}

function identity(labels: Labels): string {
  return labels.keyOf(IDENTIFYING);
}

/** The labels with those of the newest info sample of each info metric; `undefined` where one was required. */
function enriched(
  labels: Labels,
  related: readonly Info[],
  data: readonly Matcher[],
  step: number,
): Labels | undefined {
  const newest = new Map<string, Info>();
  for (const info of related) {
    if (info.series.kinds[step] === ABSENT) continue;
    if (info.series.histogram(step) !== undefined)
      throw new QueryError('execution', 'info sample should be float');
    const name = info.series.labels.name;
    const other = newest.get(name);
    if (other === undefined || info.times.values[step]! > other.times.values[step]!) newest.set(name, info);
    else if (info.times.values[step] === other.times.values[step]) throw duplicateInfo(other, info, step);
  }
  if (newest.size === 0) return data.every((matcher) => matcher.matches('')) ? labels : undefined;
  const added = new Map<string, string>();
  for (const { series } of newest.values()) {
    for (const [name, value] of series.labels) {
      if (name === METRIC_NAME || (data.length > 0 && !data.some((matcher) => matcher.name === name)))
        continue;
      const before = added.get(name);
      if (before !== undefined && before !== value)
        throw new QueryError('execution', `conflicting label: ${name}`);
      if (!labels.has(name)) added.set(name, value);
    }
  }
  return added.size === 0 ? labels : Labels.fromEntries([...labels, ...added]);
}

function duplicateInfo(first: Info, second: Info, step: number): QueryError {
  const at = (info: Info): string => `${info.series.labels} @ ${info.times.values[step]! * 1000}`;
  return new QueryError(
    'execution',
    `found duplicate series for info metric: existing ${at(first)}, new ${at(second)}`,
  );
}
