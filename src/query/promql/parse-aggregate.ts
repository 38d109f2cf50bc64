import { isValidLabelName } from '../labels.js';
import { quote } from '../quote.js';
import type { AggregateExpr, AggregateOperator } from './ast.js';
import type { Cursor, ParserContext } from './cursor.js';
import { parseArguments } from './parse-arguments.js';
import { isLabelName, type Token } from './token.js';
import { unquote } from './unquote.js';

const WITH_PARAMETER: ReadonlySet<AggregateOperator> = /* @__PURE__ */ new Set<AggregateOperator>([
  'topk',
  'bottomk',
  'count_values',
  'quantile',
  'limitk',
  'limit_ratio',
]);

/** `sum by (…) (…)`, `sum (…) by (…)`, `sum (…)`; the operator has been taken. */
export function parseAggregate(context: ParserContext, token: Token, op: AggregateOperator): AggregateExpr {
  const { cursor } = context;
  let modifier = parseModifier(cursor);
  if (cursor.kind !== '(') cursor.unexpected('aggregation');
  const args = parseArguments(context);
  modifier ??= parseModifier(cursor);
  const position = { start: token.start, end: cursor.previousEnd };
  if (args.length === 0) cursor.fail(position, 'no arguments for aggregate expression provided');
  if (!context.experimental && (op === 'limitk' || op === 'limit_ratio')) {
    const flag = '--enable-feature=promql-experimental-functions';
    cursor.fail(position, `${op}() is experimental and must be enabled with ${flag}`);
  }
  const wanted = WITH_PARAMETER.has(op) ? 2 : 1;
  if (args.length !== wanted) {
    const reason = 'wrong number of arguments for aggregate expression provided';
    cursor.fail(position, `${reason}, expected ${wanted}, got ${args.length}`);
  }
  return {
    type: 'aggregate',
    op,
    expr: args[wanted - 1]!,
    param: wanted === 2 ? args[0] : undefined,
    grouping: modifier?.labels ?? [],
    without: modifier?.without ?? false,
    position,
  };
}

function parseModifier(cursor: Cursor): { without: boolean; labels: string[] } | undefined {
  if (cursor.kind !== 'by' && cursor.kind !== 'without') return undefined;
  const without = cursor.take().kind === 'without';
  return { without, labels: parseGrouping(cursor) };
}

/** A list of label names in parentheses. */
export function parseGrouping(cursor: Cursor): string[] {
  const labels: string[] = [];
  cursor.expect('(', 'grouping opts', '"("');
  while (!cursor.accept(')')) {
    labels.push(parseLabel(cursor));
    if (!cursor.accept(',') && cursor.kind !== ')') cursor.unexpected('grouping opts', '"," or ")"');
  }
  return labels;
}

function parseLabel(cursor: Cursor): string {
  const { token } = cursor;
  if (token.kind === 'string') {
    const read = unquote(token.text);
    if ('reason' in read) return cursor.fail(token, read.reason);
    if (!isValidLabelName(read.text)) return cursor.fail(token, `invalid label name ${quote(read.text)}`);
    cursor.take();
    return read.text;
  }
  // A name with a colon is one of a metric, not of a label.
  if (!isLabelName(token) || token.kind === 'metric_identifier') cursor.unexpected('grouping opts', 'label');
  cursor.take();
  return token.text;
}
