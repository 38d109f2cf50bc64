import { children, type Expr, unwrapParens } from '../promql/ast.js';

/** Functions whose value depends on the moment even where their arguments do not. */
const UNSAFE: ReadonlySet<string> = /* @__PURE__ */ new Set([
  'days_in_month',
  'day_of_month',
  'day_of_week',
  'day_of_year',
  'hour',
  'minute',
  'month',
  'year',
  'predict_linear',
  'time',
  'timestamp',
]);

/** The largest expressions inside another whose value is the same at every step: they need evaluating but once. */
export function findInvariants(root: Expr): Set<Expr> {
  const found = new Set<Expr>();
  if (visit(root, found)) found.add(root);
  return found;
}

/** Whether an expression is invariant; if not, notes the largest invariant ones inside. */
function visit(expr: Expr, found: Set<Expr>): boolean {
  switch (expr.type) {
    case 'number':
    case 'string':
      return true;
    case 'selector':
      return expr.at !== undefined;
    case 'range':
      return expr.selector.at !== undefined;
    case 'subquery':
      // What is inside is evaluated on another grid; its own invariants count there.
      if (visit(expr.expr, found)) found.add(expr.expr);
      return expr.at !== undefined;
    default: {
      const parts = children(expr);
      const invariant = parts.map((part) => visit(part, found));
      const safe = expr.type !== 'call' || !UNSAFE.has(expr.func.name);
      if (safe && invariant.every(Boolean)) return true;
      for (const [i, part] of parts.entries()) {
        // A range is no value of its own: its windows are cut by whoever takes it.
        const inner = unwrapParens(part).type;
        if (invariant[i] && inner !== 'range' && inner !== 'subquery') found.add(part);
      }
      return false;
    }
  }
}
