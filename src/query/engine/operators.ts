import type { ArithmeticOperator, ComparisonOperator } from '../promql/ast.js';

/** The arithmetic of two floats. */
export function arithmetic(op: ArithmeticOperator): (a: number, b: number) => number {
  switch (op) {
    case '+':
      return (a, b) => a + b;
    case '-':
      return (a, b) => a - b;
    case '*':
      return (a, b) => a * b;
    case '/':
      return (a, b) => a / b;
    case '%':
      return (a, b) => a % b;
    case '^':
      return power;
    case 'atan2':
      return Math.atan2;
  }
}

/** The comparison of two floats. */
export function comparison(op: ComparisonOperator): (a: number, b: number) => boolean {
  switch (op) {
    case '==':
      return (a, b) => a === b;
    case '!=':
      return (a, b) => a !== b;
    case '<':
      return (a, b) => a < b;
    case '<=':
      return (a, b) => a <= b;
    case '>':
      return (a, b) => a > b;
    case '>=':
      return (a, b) => a >= b;
  }
}

/** C and Go give 1 for 1 to the power of NaN, and for -1 to that of an infinity; JavaScript gives NaN. */
function power(a: number, b: number): number {
  if (a === 1) return 1;
  return a === -1 && (b === Infinity || b === -Infinity) ? 1 : a ** b;
}
