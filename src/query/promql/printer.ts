import { formatDuration } from '../duration.js';
import { isLegacyLabelName, isLegacyMetricName, METRIC_NAME } from '../labels.js';
import { formatGeneral } from '../numbers.js';
import { quote } from '../quote.js';
import type {
  AggregateExpr,
  BinaryExpr,
  DurationExpr,
  DurationOperand,
  Expr,
  TimeShift,
  VectorSelector,
} from './ast.js';

/** Writes an expression as PromQL, in Prometheus's own layout. Parsing the text gives the same expression again. */
export function printPromql(expr: Expr): string {
  switch (expr.type) {
    case 'number':
      return number(expr.value, expr.duration);
    case 'string':
      return quote(expr.value);
    case 'selector':
      return selector(expr) + shift(expr);
    case 'range':
      return `${selector(expr.selector)}[${duration(expr.range, expr.rangeExpr)}]${shift(expr.selector)}`;
    case 'subquery': {
      const step = expr.step === 0 && expr.stepExpr === undefined ? '' : duration(expr.step, expr.stepExpr);
      return `${printPromql(expr.expr)}[${duration(expr.range, expr.rangeExpr)}:${step}]${shift(expr)}`;
    }
    case 'aggregate':
      return aggregate(expr);
    case 'binary':
      return `${printPromql(expr.lhs)} ${expr.op}${modifiers(expr)} ${printPromql(expr.rhs)}`;
    case 'call':
      return `${expr.func.name}(${expr.args.map(printPromql).join(', ')})`;
    case 'paren':
      return `(${printPromql(expr.expr)})`;
    case 'unary':
      return expr.op + printPromql(expr.expr);
  }
}

function number(value: number, isDuration: boolean): string {
  // Without the plus, which would be read as a sign of all that follows: +Inf ^ 2.
  if (value === Infinity) return 'Inf';
  // Lengths are printed whole; `1m30s` came in as 90 seconds.
  return isDuration && Number.isInteger(value * 1000) ? formatDuration(value * 1000) : formatGeneral(value);
}

function selector(expr: VectorSelector): string {
  const inside = expr.matchers
    .filter((matcher) => expr.name === '' || matcher.name !== METRIC_NAME)
    .map(String);
  if (expr.name !== '' && !isLegacyMetricName(expr.name)) inside.unshift(quote(expr.name));
  const name = isLegacyMetricName(expr.name) ? expr.name : '';
  return inside.length === 0 && name !== '' ? name : `${name}{${inside.join(',')}}`;
}

function shift({ at, offset, offsetExpr }: TimeShift): string {
  let text = '';
  if (typeof at === 'number') text += ` @ ${(at / 1000).toFixed(3)}`;
  else if (at !== undefined) text += ` @ ${at}()`;
  if (offset !== 0 || offsetExpr !== undefined) text += ` offset ${duration(offset, offsetExpr)}`;
  return text;
}

function duration(ms: number, expr: DurationExpr | undefined): string {
  return expr === undefined ? formatDuration(ms) : durationExpr(expr);
}

function durationExpr(operand: DurationOperand): string {
  if (operand.type === 'number') return number(operand.value, operand.duration);
  const rhs = durationExpr(operand.rhs);
  // A lone number in parentheses is kept as a sign that changes nothing.
  if (operand.lhs === undefined && operand.op === '+' && operand.wrapped) return `(${rhs})`;
  const text =
    operand.lhs === undefined ? operand.op + rhs : `${durationExpr(operand.lhs)} ${operand.op} ${rhs}`;
  return operand.wrapped ? `(${text})` : text;
}

function aggregate(expr: AggregateExpr): string {
  const by = expr.without ? ` without (${labelList(expr.grouping)}) ` : '';
  const grouping = expr.grouping.length > 0 && !expr.without ? ` by (${labelList(expr.grouping)}) ` : by;
  const param = expr.param === undefined ? '' : `${printPromql(expr.param)}, `;
  return `${expr.op}${grouping}(${param}${printPromql(expr.expr)})`;
}

function modifiers({ bool, matching }: BinaryExpr): string {
  let text = bool ? ' bool' : '';
  if (matching === undefined) return text;
  if (
    matching.on ||
    matching.labels.length > 0 ||
    matching.card.includes('many-to-one') ||
    matching.card === 'one-to-many'
  ) {
    text += ` ${matching.on ? 'on' : 'ignoring'} (${labelList(matching.labels)})`;
  }
  if (matching.card === 'many-to-one') text += ` group_left (${labelList(matching.include)})`;
  if (matching.card === 'one-to-many') text += ` group_right (${labelList(matching.include)})`;
  return text;
}

function labelList(labels: readonly string[]): string {
  return labels.map((label) => (isLegacyLabelName(label) ? label : quote(label))).join(', ');
}
