import type { Position } from '../errors.js';
import { FloatHistogram } from '../histogram/histogram.js';
import {
  type ArithmeticOperator,
  type BinaryExpr,
  type ComparisonOperator,
  isComparison,
} from '../promql/ast.js';
import type { Annotations } from './annotations.js';
import { arithmetic, comparison } from './operators.js';

export type Sample = number | FloatHistogram;

/** Why an operation has no result: the operands do not go together, or the comparison is false. */
export const INCOMPATIBLE = Symbol('incompatible');
export const FALSE = Symbol('false');

/** The result for two samples; for a comparison that holds it is the left one. */
export type SampleOperation = (left: Sample, right: Sample) => Sample | typeof INCOMPATIBLE | typeof FALSE;

/** What a binary operator other than a set operator does with two samples, floats or histograms. */
export function sampleOperation(expr: BinaryExpr, annotations: Annotations): SampleOperation {
  const { op, position } = expr;
  const onFloats = isComparison(op) ? comparing(op) : arithmetic(op as ArithmeticOperator);
  return (left, right) => {
    if (typeof left === 'number' && typeof right === 'number') return onFloats(left, right);
    return withHistograms(op, left, right, annotations, position);
  };
}

function comparing(op: ComparisonOperator): (a: number, b: number) => number | typeof FALSE {
  const compare = comparison(op);
  return (a, b) => (compare(a, b) ? a : FALSE);
}

function withHistograms(
  op: BinaryExpr['op'],
  left: Sample,
  right: Sample,
  annotations: Annotations,
  position: Position,
): ReturnType<SampleOperation> {
  if (left instanceof FloatHistogram && right instanceof FloatHistogram) {
    if (op === '==') return left.equals(right) ? left : FALSE;
    if (op === '!=') return left.equals(right) ? FALSE : left;
    if (op === '+' || op === '-') {
      if (left.incompatibility(right) !== undefined) {
        annotations.incompatibleBucketLayout(op, position);
        return INCOMPATIBLE;
      }
      return (op === '+' ? left.add(right) : left.subtract(right)).compact();
    }
  } else if (left instanceof FloatHistogram && typeof right === 'number') {
    if (op === '*') return left.multiply(right).compact();
    if (op === '/') return left.divide(right).compact();
  } else if (right instanceof FloatHistogram && typeof left === 'number' && op === '*') {
    return right.multiply(left).compact();
  }
  const name = (sample: Sample): string => (typeof sample === 'number' ? 'float' : 'histogram');
  annotations.incompatibleTypes(name(left), op, name(right), position);
  return INCOMPATIBLE;
}
