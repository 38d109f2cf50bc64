import { formatFixed } from '../numbers.js';
import type { Expr, MatrixSelector, Subquery, TimeShift, VectorSelector } from './ast.js';
import type { ParserContext } from './cursor.js';
import { parseLiteralNumber } from './literals.js';
import { type DurationValue, parseDurationExpr, parseOffset } from './parse-duration.js';

/** Whatever stands behind an operand and binds tightest: `[5m]`, `[1h:5m]`, `offset 5m`, `@ 1700000000`. */
export function parsePostfix(context: ParserContext, operand: Expr): Expr {
  const { cursor } = context;
  let expr = operand;
  for (;;) {
    if (cursor.kind === '[') expr = parseBrackets(context, expr);
    else if (cursor.kind === 'offset') expr = applyOffset(context, expr);
    else if (cursor.kind === '@') expr = applyAt(context, expr);
    else return expr;
    cursor.done(expr);
  }
}

function parseBrackets(context: ParserContext, expr: Expr): MatrixSelector | Subquery {
  const { cursor } = context;
  cursor.take();
  if (!startsDuration(context)) cursor.unexpected('subquery or range selector', 'number or duration');
  const range = positive(context, parseDurationExpr(context));
  if (cursor.accept(']')) return rangeSelector(context, expr, range);
  if (cursor.kind !== ':') cursor.unexpected('subquery or range', '":" or "]"');
  cursor.take();
  let step: DurationValue = { ms: 0, expr: undefined, position: cursor.token };
  if (cursor.kind !== ']') {
    if (!startsDuration(context)) cursor.unexpected('subquery selector', 'number or duration or "]"');
    step = positive(context, parseDurationExpr(context));
  }
  if (!cursor.accept(']')) cursor.unexpected('subquery selector', '"]"');
  return {
    type: 'subquery',
    expr,
    range: range.ms,
    rangeExpr: range.expr,
    step: step.ms,
    stepExpr: step.expr,
    offset: 0,
    offsetExpr: undefined,
    at: undefined,
    position: { start: expr.position.start, end: cursor.previousEnd },
  };
}

function startsDuration({ cursor }: ParserContext): boolean {
  return ['number', 'duration', '+', '-', '('].includes(cursor.kind);
}

function positive(context: ParserContext, duration: DurationValue): DurationValue {
  if (duration.ms <= 0) context.cursor.fail(duration.position, 'duration must be greater than 0');
  return duration;
}

function rangeSelector(context: ParserContext, expr: Expr, range: DurationValue): MatrixSelector {
  const { cursor } = context;
  const position = { start: expr.position.start, end: cursor.previousEnd };
  if (expr.type !== 'selector') return cursor.fail(position, 'ranges only allowed for vector selectors');
  if (expr.offset !== 0 || expr.offsetExpr !== undefined) {
    cursor.fail(position, 'no offset modifiers allowed before range');
  }
  if (expr.at !== undefined) cursor.fail(position, 'no @ modifiers allowed before range');
  return { type: 'range', selector: expr, range: range.ms, rangeExpr: range.expr, position };
}

function applyOffset(context: ParserContext, expr: Expr): Expr {
  const { cursor } = context;
  cursor.take();
  const duration = parseOffset(context);
  const shift = shiftOf(expr);
  if (shift === undefined) {
    const allowed = 'an instant vector selector or range vector selector or a subquery';
    return cursor.fail(expr.position, `offset modifier must be preceded by ${allowed}`);
  }
  if (shift.offset !== 0 || shift.offsetExpr !== undefined) {
    cursor.fail(expr.position, 'offset may not be set multiple times');
  }
  return withShift(expr, { ...shift, offset: duration.ms, offsetExpr: duration.expr }, cursor.previousEnd);
}

function applyAt(context: ParserContext, expr: Expr): Expr {
  const { cursor } = context;
  cursor.take();
  const at = parseAt(context, expr);
  const shift = shiftOf(expr);
  if (shift === undefined) {
    const allowed = 'an instant vector selector or range vector selector or a subquery';
    return cursor.fail(expr.position, `@ modifier must be preceded by ${allowed}`);
  }
  if (shift.at !== undefined) cursor.fail(expr.position, '@ <timestamp> may not be set multiple times');
  return withShift(expr, { ...shift, at }, cursor.previousEnd);
}

function parseAt(context: ParserContext, expr: Expr): number | 'start' | 'end' {
  const { cursor } = context;
  const { kind } = cursor;
  if (kind === 'start' || kind === 'end_of_range') {
    cursor.take();
    if (cursor.kind !== '(') cursor.unexpected('@', 'timestamp');
    cursor.take();
    if (!cursor.accept(')')) cursor.unexpected('@', 'timestamp');
    return kind === 'start' ? 'start' : 'end';
  }
  const sign = kind === '-' ? -1 : 1;
  if (kind === '-' || kind === '+') cursor.take();
  if (cursor.kind !== 'number' && cursor.kind !== 'duration') cursor.unexpected('@', 'timestamp');
  const seconds = sign * parseLiteralNumber(cursor).value;
  if (!(Math.abs(seconds) < 2 ** 63)) {
    cursor.fail(expr.position, `timestamp out of bounds for @ modifier: ${fixedSix(seconds)}`);
  }
  // Milliseconds beyond 2^53 cannot be told apart any more, and no series has any there.
  return Math.max(-Number.MAX_SAFE_INTEGER, Math.min(Number.MAX_SAFE_INTEGER, Math.round(seconds * 1000)));
}

/** Go's `%f`. */
function fixedSix(value: number): string {
  return Number.isFinite(value) && Math.abs(value) < 1e21 ? value.toFixed(6) : formatFixed(value);
}

/** The modifiers of whatever can bear them. */
function shiftOf(expr: Expr): TimeShift | undefined {
  const bearer = expr.type === 'range' ? expr.selector : expr;
  if (bearer.type !== 'selector' && bearer.type !== 'subquery') return undefined;
  return { offset: bearer.offset, offsetExpr: bearer.offsetExpr, at: bearer.at };
}

function withShift(expr: Expr, shift: TimeShift, end: number): Expr {
  const position = { start: expr.position.start, end };
  if (expr.type === 'range') {
    return { ...expr, selector: { ...expr.selector, ...shift }, position };
  }
  return { ...(expr as VectorSelector | Subquery), ...shift, position };
}
