import { PromqlParseError } from '../errors.js';
import { quote } from '../quote.js';
import {
  type AggregateExpr,
  type BinaryExpr,
  type Call,
  children,
  type Expr,
  isComparison,
  isSetOperator,
  typeOf,
} from './ast.js';
import { documentedType, type ValueType } from './value-type.js';

/** Checks what grammar cannot: types of operands and arguments, and matchers that would select everything. */
export function checkTypes(root: Expr, query: string): void {
  check(root, ({ position }, reason) => {
    const text = query.slice(position.start, position.end);
    const start = position.start + text.length - text.trimStart().length;
    throw new PromqlParseError(query, { start, end: position.end }, reason);
  });
}

type Fail = (expr: Pick<Expr, 'position'>, reason: string) => never;

function check(expr: Expr, fail: Fail): void {
  if (expr.type === 'call' && expr.func.name === 'info') checkInfo(expr, fail);
  for (const [index, child] of children(expr).entries()) {
    // The selector in `info`'s second place chooses labels; it may match everything.
    const chooses = expr.type === 'call' && expr.func.name === 'info' && index === 1;
    if (!chooses) check(child, fail);
  }
  switch (expr.type) {
    case 'aggregate':
      checkAggregate(expr, fail);
      break;
    case 'binary':
      checkBinary(expr, fail);
      break;
    case 'call':
      checkCall(expr, fail);
      break;
    case 'unary': {
      const type = typeOf(expr.expr);
      if (type !== 'scalar' && type !== 'vector') {
        const reason = 'unary expression only allowed on expressions of type scalar or instant vector';
        fail(expr, `${reason}, got ${quote(documentedType(type))}`);
      }
      break;
    }
    case 'subquery': {
      const type = typeOf(expr.expr);
      if (type !== 'vector') fail(expr, `subquery is only allowed on instant vector, got ${type} instead`);
      break;
    }
    case 'selector':
      if (expr.name === '' && !expr.matchers.some((matcher) => !matcher.matches(''))) {
        fail(expr, 'vector selector must contain at least one non-empty matcher');
      }
  }
}

function expectType(expr: Expr, wanted: ValueType, context: string, fail: Fail): void {
  const type = typeOf(expr);
  if (type === wanted) return;
  fail(expr, `expected type ${documentedType(wanted)} in ${context}, got ${documentedType(type)}`);
}

function checkAggregate(expr: AggregateExpr, fail: Fail): void {
  expectType(expr.expr, 'vector', 'aggregation expression', fail);
  if (expr.param === undefined) return;
  expectType(expr.param, expr.op === 'count_values' ? 'string' : 'scalar', 'aggregation parameter', fail);
}

function checkBinary(expr: BinaryExpr, fail: Fail): void {
  const { op, lhs, rhs, matching } = expr;
  const left = typeOf(lhs);
  const right = typeOf(rhs);
  const between = { position: { start: lhs.position.end, end: rhs.position.start } };
  if (expr.bool && !isComparison(op)) {
    fail(between, 'bool modifier can only be used on comparison operators');
  }
  if (isComparison(op) && !expr.bool && left === 'scalar' && right === 'scalar') {
    fail(between, 'comparisons between scalars must use BOOL modifier');
  }
  const both = matching?.on ? matching.labels.find((label) => matching.include.includes(label)) : undefined;
  if (both !== undefined) {
    fail(between, `label ${quote(both)} must not occur in ON and GROUP clause at once`);
  }
  for (const [operand, type] of [[lhs, left] as const, [rhs, right] as const]) {
    if (type !== 'scalar' && type !== 'vector') {
      fail(operand, 'binary expression must contain only scalar and instant vector types');
    }
  }
  const vectors = left === 'vector' && right === 'vector';
  if (!vectors && matching !== undefined && matching.labels.length > 0) {
    fail(expr, 'vector matching only allowed between instant vectors');
  }
  if (!isSetOperator(op)) return;
  if (!vectors) fail(expr, `set operator ${quote(op)} not allowed in binary scalar expression`);
  if (matching?.card === 'many-to-one' || matching?.card === 'one-to-many') {
    fail(expr, `no grouping allowed for ${quote(op)} operation`);
  }
}

function checkCall(expr: Call, fail: Fail): void {
  const { func, args } = expr;
  const least = func.variadic === 0 ? func.args.length : func.args.length - 1;
  const most = func.variadic < 0 ? Infinity : least + func.variadic;
  const given = args.length;
  if (func.variadic === 0 && given !== least) {
    fail(expr, `expected ${least} argument(s) in call to "${func.name}", got ${given}`);
  }
  if (given < least) {
    fail(expr, `expected at least ${least} argument(s) in call to "${func.name}", got ${given}`);
  }
  if (given > most)
    fail(expr, `expected at most ${most} argument(s) in call to "${func.name}", got ${given}`);
  for (const [index, arg] of args.entries()) {
    const wanted = func.args[Math.min(index, func.args.length - 1)]!;
    expectType(arg, wanted, `call to function "${func.name}"`, fail);
  }
}

function checkInfo(expr: Call, fail: Fail): void {
  const selector = expr.args[1];
  if (selector === undefined) return;
  if (typeOf(selector) !== 'vector') expectType(selector, 'vector', 'call to function "info"', fail);
  if (selector.type !== 'selector') fail(selector, 'expected label selectors only');
  else if (selector.name !== '') fail(selector, 'expected label selectors only, got vector selector instead');
}
