import { MAX_DURATION_MS } from '../duration.js';
import type { Position } from '../errors.js';
import type { DurationExpr, DurationOperand } from './ast.js';
import type { Cursor, ParserContext } from './cursor.js';
import { parseLiteralNumber } from './literals.js';

/** A length of time in a query. */
export interface DurationValue {
  readonly ms: number;
  /** How it was written, where that was more than one number. */
  readonly expr: DurationExpr | undefined;
  readonly position: Position;
}

type DurationOperator = DurationExpr['op'];
const PRECEDENCE: Readonly<Record<string, number>> = { '+': 1, '-': 1, '*': 2, '/': 2, '%': 2, '^': 3 };
const POWER = 3;

/** The length between brackets: a number of seconds, a duration, or (experimental) arithmetic with those. */
export function parseDurationExpr(context: ParserContext): DurationValue {
  return evaluate(context, parseArithmetic(context, 1));
}

/**
 * The length behind `offset`: one number with or without a sign, or arithmetic in parentheses. What follows is
 * no part of it: `x offset 5m + 1` adds 1 to x.
 */
export function parseOffset(context: ParserContext): DurationValue {
  const { cursor } = context;
  const { kind } = cursor;
  if (!['number', 'duration', '+', '-', '('].includes(kind))
    cursor.unexpected('offset', 'number or duration');
  if (kind !== '+' && kind !== '-') return evaluate(context, parseOperand(context));
  const sign = cursor.take();
  if (!['number', 'duration', '('].includes(cursor.kind)) cursor.unexpected('offset', 'number or duration');
  return evaluate(context, signed(sign.kind as '+' | '-', sign.start, parseOperand(context)));
}

function parseArithmetic(context: ParserContext, least: number): DurationOperand {
  const { cursor } = context;
  return cursor.nested(() => {
    let operand = parseOperand(context);
    for (;;) {
      const op = cursor.kind as DurationOperator;
      const precedence = PRECEDENCE[op];
      if (precedence === undefined || precedence < least) return operand;
      cursor.take();
      const rhs = parseArithmetic(context, precedence === POWER ? POWER : precedence + 1);
      const position = { start: operand.position.start, end: rhs.position.end };
      operand = { type: 'duration', op, lhs: operand, rhs, wrapped: false, position };
    }
  });
}

function parseOperand(context: ParserContext): DurationOperand {
  const { cursor } = context;
  const { token } = cursor;
  switch (token.kind) {
    case 'number':
    case 'duration':
      return parseLiteralNumber(cursor);
    case '+':
    case '-':
      cursor.take();
      return signed(token.kind, token.start, parseArithmetic(context, PRECEDENCE['*']! + 1));
    case '(': {
      cursor.take();
      const inner = parseArithmetic(context, 1);
      if (!cursor.accept(')')) cursor.unexpected();
      const position = { start: token.start, end: cursor.previousEnd };
      // A lone number keeps its parentheses as a sign that changes nothing.
      return inner.type === 'duration'
        ? { ...inner, wrapped: true, position }
        : { type: 'duration', op: '+', lhs: undefined, rhs: inner, wrapped: true, position };
    }
    default:
      return cursor.unexpected('duration', 'number or duration');
  }
}

function signed(op: '+' | '-', start: number, operand: DurationOperand): DurationOperand {
  const position = { start, end: operand.position.end };
  if (operand.type === 'number') {
    return { ...operand, value: op === '-' ? -operand.value : operand.value, position };
  }
  return op === '+'
    ? operand
    : { type: 'duration', op, lhs: undefined, rhs: operand, wrapped: false, position };
}

function evaluate(context: ParserContext, operand: DurationOperand): DurationValue {
  const { cursor } = context;
  if (operand.type === 'duration' && !context.experimental) {
    cursor.fail(operand.position, 'experimental duration expression is not enabled');
  }
  // Prometheus keeps nanoseconds; its times are whole milliseconds.
  const ms = Math.trunc(Math.round(seconds(cursor, operand) * 1e9) / 1e6);
  if (!(Math.abs(ms) <= MAX_DURATION_MS)) cursor.fail(operand.position, 'duration out of range');
  return { ms, expr: operand.type === 'duration' ? operand : undefined, position: operand.position };
}

function seconds(cursor: Cursor, operand: DurationOperand): number {
  if (operand.type === 'number') return operand.value;
  const left = operand.lhs === undefined ? 0 : seconds(cursor, operand.lhs);
  const right = seconds(cursor, operand.rhs);
  switch (operand.op) {
    case '+':
      return left + right;
    case '-':
      return left - right;
    case '*':
      return left * right;
    case '/':
      if (right === 0) cursor.fail(operand.position, 'division by zero');
      return left / right;
    case '%':
      if (right === 0) cursor.fail(operand.position, 'modulo by zero');
      return left % right;
    case '^':
      return left ** right;
  }
}
