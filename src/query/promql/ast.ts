import type { Position } from '../errors.js';
import type { Matcher } from '../matcher.js';
import type { FunctionSignature } from './signatures.js';
import type { ValueType } from './value-type.js';

export type AggregateOperator =
  | 'sum'
  | 'avg'
  | 'count'
  | 'min'
  | 'max'
  | 'group'
  | 'stddev'
  | 'stdvar'
  | 'topk'
  | 'bottomk'
  | 'count_values'
  | 'quantile'
  | 'limitk'
  | 'limit_ratio';

export type ArithmeticOperator = '+' | '-' | '*' | '/' | '%' | '^' | 'atan2';
export type ComparisonOperator = '==' | '!=' | '<' | '<=' | '>' | '>=';
export type SetOperator = 'and' | 'or' | 'unless';
export type BinaryOperator = ArithmeticOperator | ComparisonOperator | SetOperator;

interface Node {
  readonly position: Position;
}

export interface NumberLiteral extends Node {
  readonly type: 'number';
  /** Where it was written as a duration: the seconds. */
  readonly value: number;
  readonly duration: boolean;
}

export interface StringLiteral extends Node {
  readonly type: 'string';
  readonly value: string;
}

/** What `offset` and `@` set, on selectors and subqueries. */
export interface TimeShift {
  /** Milliseconds back in time; negative looks ahead. */
  readonly offset: number;
  /** How the offset was written, where that was more than one number. */
  readonly offsetExpr: DurationExpr | undefined;
  /** The fixed moment of `@`: milliseconds since the epoch, or an end of the query's own range. */
  readonly at: number | 'start' | 'end' | undefined;
}

export interface VectorSelector extends Node, TimeShift {
  readonly type: 'selector';
  /** The name in front of the braces; the empty string where there is none. It is among the matchers too. */
  readonly name: string;
  readonly matchers: readonly Matcher[];
}

export interface MatrixSelector extends Node {
  readonly type: 'range';
  readonly selector: VectorSelector;
  /** Milliseconds. */
  readonly range: number;
  readonly rangeExpr: DurationExpr | undefined;
}

export interface Subquery extends Node, TimeShift {
  readonly type: 'subquery';
  readonly expr: Expr;
  /** Milliseconds. */
  readonly range: number;
  readonly rangeExpr: DurationExpr | undefined;
  /** Milliseconds; 0 where the engine's default is meant. */
  readonly step: number;
  readonly stepExpr: DurationExpr | undefined;
}

export interface AggregateExpr extends Node {
  readonly type: 'aggregate';
  readonly op: AggregateOperator;
  readonly expr: Expr;
  readonly param: Expr | undefined;
  readonly grouping: readonly string[];
  readonly without: boolean;
}

export type Cardinality = 'one-to-one' | 'many-to-one' | 'one-to-many' | 'many-to-many';

/** How the series of two vectors find each other. */
export interface VectorMatching {
  readonly card: Cardinality;
  /** True for `on`, false for `ignoring` (and for neither). */
  readonly on: boolean;
  readonly labels: readonly string[];
  /** The labels that `group_left` or `group_right` copies from the "one" side. */
  readonly include: readonly string[];
}

export interface BinaryExpr extends Node {
  readonly type: 'binary';
  readonly op: BinaryOperator;
  readonly lhs: Expr;
  readonly rhs: Expr;
  /** Only between two vectors. */
  readonly matching: VectorMatching | undefined;
  /** The `bool` modifier. */
  readonly bool: boolean;
}

export interface Call extends Node {
  readonly type: 'call';
  readonly func: FunctionSignature;
  readonly args: readonly Expr[];
}

export interface ParenExpr extends Node {
  readonly type: 'paren';
  readonly expr: Expr;
}

export interface UnaryExpr extends Node {
  readonly type: 'unary';
  readonly op: '+' | '-';
  readonly expr: Expr;
}

export type Expr =
  | NumberLiteral
  | StringLiteral
  | VectorSelector
  | MatrixSelector
  | Subquery
  | AggregateExpr
  | BinaryExpr
  | Call
  | ParenExpr
  | UnaryExpr;

/** Arithmetic inside brackets and behind `offset` (experimental): kept as written, its value worked out at once. */
export interface DurationExpr extends Node {
  readonly type: 'duration';
  readonly op: '+' | '-' | '*' | '/' | '%' | '^';
  /** Missing for a sign. */
  readonly lhs: DurationOperand | undefined;
  readonly rhs: DurationOperand;
  /** Whether it stands in parentheses. */
  readonly wrapped: boolean;
}

export type DurationOperand = DurationExpr | NumberLiteral;

const COMPARISONS: ReadonlySet<string> = /* @__PURE__ */ new Set(['==', '!=', '<', '<=', '>', '>=']);
const SETS: ReadonlySet<string> = /* @__PURE__ */ new Set(['and', 'or', 'unless']);

export function isComparison(op: BinaryOperator): op is ComparisonOperator {
  return COMPARISONS.has(op);
}

export function isSetOperator(op: BinaryOperator): op is SetOperator {
  return SETS.has(op);
}

/** The type that an expression yields. */
export function typeOf(expr: Expr): ValueType {
  switch (expr.type) {
    case 'number':
      return 'scalar';
    case 'string':
      return 'string';
    case 'selector':
    case 'aggregate':
      return 'vector';
    case 'range':
    case 'subquery':
      return 'matrix';
    case 'call':
      return expr.func.returns;
    case 'paren':
    case 'unary':
      return typeOf(expr.expr);
    case 'binary':
      return typeOf(expr.lhs) === 'scalar' && typeOf(expr.rhs) === 'scalar' ? 'scalar' : 'vector';
  }
}

/** The expressions directly inside another. */
export function children(expr: Expr): readonly Expr[] {
  switch (expr.type) {
    case 'number':
    case 'string':
    case 'selector':
      return [];
    case 'range':
      return [expr.selector];
    case 'subquery':
    case 'paren':
    case 'unary':
      return [expr.expr];
    case 'aggregate':
      return expr.param === undefined ? [expr.expr] : [expr.param, expr.expr];
    case 'binary':
      return [expr.lhs, expr.rhs];
    case 'call':
      return expr.args;
  }
}

/** The expression inside any number of parentheses. */
export function unwrapParens(expr: Expr): Expr {
  let inner = expr;
  while (inner.type === 'paren') inner = inner.expr;
  return inner;
}
