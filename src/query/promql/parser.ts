import {
  type BinaryOperator,
  type Cardinality,
  type Expr,
  isSetOperator,
  type NumberLiteral,
  typeOf,
  type VectorMatching,
} from './ast.js';
import { checkTypes } from './check.js';
import { Cursor, type ParserContext } from './cursor.js';
import { parseLiteralNumber } from './literals.js';
import { parseAggregate, parseGrouping } from './parse-aggregate.js';
import { parseArguments } from './parse-arguments.js';
import { parsePostfix } from './parse-range.js';
import { parseSelector } from './parse-selector.js';
import { functionSignature } from './signatures.js';
import { isAggregator, isMetricName, type TokenKind } from './token.js';
import { unquote } from './unquote.js';

export interface ParserOptions {
  /**
   * Accepts what Prometheus accepts only with `--enable-feature=promql-experimental-functions` (such as `info`,
   * `limitk`) and `promql-duration-expr` (`[5m + 1m]`). Default false.
   */
  experimental?: boolean;
}

/** How tightly binary operators bind; the greater the tighter. */
const PRECEDENCE: Partial<Record<TokenKind, number>> = {
  or: 1,
  and: 2,
  unless: 2,
  '==': 3,
  '!=': 3,
  '<': 3,
  '<=': 3,
  '>': 3,
  '>=': 3,
  '+': 4,
  '-': 4,
  '*': 5,
  '/': 5,
  '%': 5,
  atan2: 5,
  '^': 6,
};
/** A sign binds like a multiplication: `-2 ^ 2` is -4. */
const SIGN_PRECEDENCE = 5;
const POWER = 6;

/**
 * Parses a PromQL expression and checks its types. Throws a `PromqlParseError` with the message and position
 * that Prometheus gives.
 *
 * Grammar: https://prometheus.io/docs/prometheus/3.5/querying/basics/
 *
 * @example parsePromql('sum by (job) (rate(http_requests_total[5m]))')
 */
export function parsePromql(query: string, options: ParserOptions = {}): Expr {
  const cursor = new Cursor(query);
  const context: ParserContext = {
    cursor,
    experimental: options.experimental ?? false,
    expression: () => parseExpression(context, 1),
  };
  if (cursor.kind === 'end') cursor.fail(cursor.token, 'no expression found in input');
  const expr = context.expression();
  if (cursor.kind !== 'end') cursor.unexpected();
  checkTypes(expr, query);
  return expr;
}

/** An operand and whatever follows it that binds at least as tightly as `least`. */
function parseExpression(context: ParserContext, least: number): Expr {
  const { cursor } = context;
  return cursor.nested(() => {
    let expr = parsePostfix(context, cursor.done(parseOperand(context)));
    for (;;) {
      const precedence = PRECEDENCE[cursor.kind];
      if (precedence === undefined || precedence < least) return expr;
      const op = cursor.take().kind as BinaryOperator;
      const { bool, matching: written } = parseModifiers(context);
      const rhs = parseExpression(context, precedence === POWER ? POWER : precedence + 1);
      const position = { start: expr.position.start, end: rhs.position.end };
      const matching = normalizeMatching(op, written, expr, rhs);
      expr = cursor.done({ type: 'binary', op, lhs: expr, rhs, matching, bool, position });
    }
  });
}

function parseOperand(context: ParserContext): Expr {
  const { cursor } = context;
  const { token } = cursor;
  switch (token.kind) {
    case 'number':
    case 'duration':
      return parseLiteralNumber(cursor);
    case 'string': {
      cursor.take();
      const read = unquote(token.text);
      if ('reason' in read) return cursor.fail(token, read.reason);
      return { type: 'string', value: read.text, position: { start: token.start, end: token.end } };
    }
    case '(': {
      cursor.take();
      const expr = context.expression();
      if (!cursor.accept(')')) cursor.unexpected();
      return { type: 'paren', expr, position: { start: token.start, end: cursor.previousEnd } };
    }
    case '+':
    case '-':
      return parseSign(context, token.kind);
    case '{':
      return parseSelector(cursor);
    default:
      return parseName(context);
  }
}

function parseSign(context: ParserContext, op: '+' | '-'): Expr {
  const { start } = context.cursor.take();
  const operand = parseExpression(context, SIGN_PRECEDENCE + 1);
  const position = { start, end: operand.position.end };
  if (operand.type === 'number') {
    return {
      ...operand,
      value: op === '-' ? -operand.value : operand.value,
      position,
    } satisfies NumberLiteral;
  }
  return { type: 'unary', op, expr: operand, position };
}

/** An aggregation, a call or a metric: told apart by the token behind the name. */
function parseName(context: ParserContext): Expr {
  const { cursor } = context;
  if (!isMetricName(cursor.kind)) cursor.unexpected();
  const token = cursor.take();
  const following = cursor.kind;
  if (isAggregator(token.kind) && (following === '(' || following === 'by' || following === 'without')) {
    return parseAggregate(context, token, token.kind);
  }
  if (following !== '(' || token.kind !== 'identifier') {
    // `sum x` and the like: a metric may bear the name of an aggregation, but nothing can follow it.
    const operand =
      following === 'identifier' || following === 'metric_identifier' || isAggregator(following);
    if (isAggregator(token.kind) && operand) {
      cursor.unexpected('aggregation');
    }
    return parseSelector(cursor, token);
  }
  const func = functionSignature(token.text);
  if (func === undefined) return cursor.fail(token, `unknown function with name "${token.text}"`);
  if (func.experimental && !context.experimental) {
    return cursor.fail(token, `function "${token.text}" is not enabled`);
  }
  const args = parseArguments(context);
  return { type: 'call', func, args, position: { start: token.start, end: cursor.previousEnd } };
}

/** `bool`, `on (…)`, `ignoring (…)`, `group_left (…)`, `group_right (…)` between operator and right operand. */
function parseModifiers({ cursor }: ParserContext): { bool: boolean; matching: VectorMatching } {
  const bool = cursor.accept('bool');
  const on = cursor.accept('on');
  if (!on && !cursor.accept('ignoring')) {
    return { bool, matching: { card: 'one-to-one', on: false, labels: [], include: [] } };
  }
  const labels = parseGrouping(cursor);
  const card = parseCardinality(cursor);
  const listed = card !== 'one-to-one' && cursor.token.kind === '(';
  const include = listed ? parseGrouping(cursor) : [];
  return { bool, matching: { card, on, labels, include } };
}

function parseCardinality(cursor: Cursor): Cardinality {
  if (cursor.accept('group_left')) return 'many-to-one';
  return cursor.accept('group_right') ? 'one-to-many' : 'one-to-one';
}

/** Set operators match many to many; between scalars nothing is matched. The type check judges the rest. */
function normalizeMatching(
  op: BinaryOperator,
  matching: VectorMatching,
  lhs: Expr,
  rhs: Expr,
): VectorMatching | undefined {
  const vectors = typeOf(lhs) === 'vector' && typeOf(rhs) === 'vector';
  if (!vectors && matching.labels.length === 0) return undefined;
  return isSetOperator(op) && matching.card === 'one-to-one'
    ? { ...matching, card: 'many-to-many' }
    : matching;
}
