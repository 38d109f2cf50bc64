import { invalidOption } from '../common/errors.js';
import { QueryError } from '../query/errors.js';
import { type Expr, typeOf } from '../query/promql/ast.js';
import { parsePromql } from '../query/promql/parser.js';
import { printPromql } from '../query/promql/printer.js';
import type { Slicing } from './budgeting.js';
import type { IndicatorDefinition, ThresholdOperator } from './indicator.js';

/** Stands for the range of a query. */
const WINDOW = '$window';

/**
 * A query for the number of events in a window, from what a user gave: a selector of counters, or a whole
 * expression in which `$window` stands for the range. It can be put into other expressions as it is.
 *
 * @throws TelltaleError where it is no PromQL.
 */
export function eventsQuery(owner: string, option: string, given: string): string {
  const accepted = `a selector of counters, or PromQL with ${WINDOW} in place of the range`;
  if (typeof given !== 'string' || given === '') throw invalidOption(owner, option, given, accepted);
  try {
    const query = given.includes(WINDOW) ? given : `sum(increase(${given}[${WINDOW}]))`;
    const expr = parsePromql(inWindow(query, '5m'));
    const type = typeOf(expr);
    if (type === 'scalar') return `vector${parenthesised(query)}`;
    if (type === 'vector') return isClosed(expr) && !query.includes('#') ? query : parenthesised(query);
  } catch (error) {
    if (!(error instanceof QueryError)) throw error;
    throw invalidOption(owner, option, given, `${accepted} (${error.message})`);
  }
  throw invalidOption(owner, option, given, accepted);
}

/** A user's query in parentheses: whatever operators it has, they bind inside, and a comment ends there. */
export function parenthesised(query: string): string {
  return `(${query}${query.includes('#') ? '\n' : ''})`;
}

/** The query over a window such as `5m`, as PromQL prints it. */
export function inWindow(query: string, window: string): string {
  return query.replaceAll(WINDOW, window);
}

/** The same by itself, tidied up. */
export function printedInWindow(query: string, window: string): string {
  const expr = parsePromql(inWindow(query, window));
  return printPromql(expr.type === 'paren' ? expr.expr : expr);
}

/** PromQL for the number of events in a window, which stands in it as `$window`. */
export interface EventQueries {
  readonly bad: string;
  readonly total: string;
}

/** How often a threshold is looked at. */
const LOOK = '1m';

const OPERATORS: Readonly<Record<ThresholdOperator, string>> = { lte: '<=', gte: '>=', lt: '<', gt: '>' };

/**
 * The queries of an indicator.
 *
 * @throws TelltaleError where a part of it is no PromQL.
 */
export function eventQueries(owner: string, definition: IndicatorDefinition): EventQueries {
  if ('query' in definition) {
    const { query, op, value } = definition;
    const samples = parenthesised(query);
    const total = eventsQuery(owner, 'query', `sum(count_over_time(${samples}[$window:${LOOK}]))`);
    const good = `sum(sum_over_time((${samples} ${OPERATORS[op]} bool ${value})[$window:${LOOK}]))`;
    return { total, bad: `(${total} - ${good})` };
  }
  const total = eventsQuery(owner, 'total', definition.total);
  if (definition.good !== undefined) {
    const good = eventsQuery(owner, 'good', definition.good);
    return { total, bad: `(${total} - (${good} or vector(0)))` };
  }
  // A series that does not exist yet means that nothing was counted, not that nothing is known.
  return { total, bad: `(${eventsQuery(owner, 'bad', definition.bad)} or 0 * ${total})` };
}

/** Selectors of what a `SloSet` exposes of an objective; an id needs no escaping. */
export function exposedEvents(id: string): EventQueries {
  return {
    bad: `slo_events_total{slo="${id}",outcome="bad"}`,
    total: `slo_events_total{slo="${id}"}`,
  };
}

/** The queries of an objective: its indicator's, or by what a `SloSet` exposes where that has no definition. */
export function objectiveQueries(
  owner: string,
  id: string,
  definition: IndicatorDefinition | undefined,
): EventQueries {
  if (definition !== undefined) return eventQueries(owner, definition);
  const { bad, total } = exposedEvents(id);
  return { bad: eventsQuery(owner, 'bad', bad), total: eventsQuery(owner, 'total', total) };
}

/** Bad of all; nothing of nothing is 0, not NaN. */
export function errorRatio(bad: string, total: string): string {
  return `${bad} / (${total} > 0) or 0 * ${total}`;
}

/** How much of a slice was bad, from its error ratio: 0 or 1, or the ratio itself. */
export function sliceError(ratio: string, { method, target }: Slicing): string {
  if (method === 'ratio-timeslices') return ratio;
  // What is allowed, and the rounding of floating point.
  return `(${ratio}) > bool ${Number((1 - target).toPrecision(12)) + 1e-9}`;
}

/** Whether no operator beside it can pull it apart. */
function isClosed({ type }: Expr): boolean {
  return type !== 'binary' && type !== 'unary';
}
