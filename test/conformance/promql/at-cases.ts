import { children, type Expr } from '../../../src/query/promql/ast.js';
import { parsePromql } from '../../../src/query/promql/parser.js';
import { printPromql } from '../../../src/query/promql/printer.js';

const UNSAFE =
  /^(days_in_month|day_of_(month|week|year)|hour|minute|month|year|predict_linear|time|timestamp)$/;

/**
 * The same expression with every selector fixed to its moment by `@`, to be evaluated at other moments: the
 * result must not change. Prometheus's runner does so; expressions that look at the moment itself are left out.
 */
export function atCases(query: string, time: number): { expr: string; time: number }[] {
  const expr = parsePromql(query, { experimental: true });
  if (looksAtMoment(expr)) return [];
  const fixed = printPromql(fix(expr, time));
  const moments = time === 0 ? [-1000, 0, 1000] : [-10 * time, 0, Math.trunc(time / 5), time, 10 * time];
  return moments.map((moment) => ({ expr: fixed, time: moment }));
}

function looksAtMoment(expr: Expr): boolean {
  if (expr.type === 'call' && UNSAFE.test(expr.func.name)) return true;
  return children(expr).some(looksAtMoment);
}

function fix(expr: Expr, at: number): Expr {
  switch (expr.type) {
    case 'selector':
    case 'subquery':
      return expr.at === undefined ? { ...expr, at } : expr;
    case 'range':
      return expr.selector.at === undefined ? { ...expr, selector: { ...expr.selector, at } } : expr;
    case 'aggregate':
      return {
        ...expr,
        expr: fix(expr.expr, at),
        param: expr.param === undefined ? undefined : fix(expr.param, at),
      };
    case 'binary':
      return { ...expr, lhs: fix(expr.lhs, at), rhs: fix(expr.rhs, at) };
    case 'call':
      return { ...expr, args: expr.args.map((arg) => fix(arg, at)) };
    case 'paren':
    case 'unary':
      return { ...expr, expr: fix(expr.expr, at) };
    default:
      return expr;
  }
}
