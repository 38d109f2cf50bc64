import fc from 'fast-check';
import { functionNames, functionSignature } from '../../../src/query/promql/signatures.js';

/** What a generated expression may be made of. */
export interface Vocabulary {
  readonly metrics: readonly string[];
  readonly labels: readonly string[];
  readonly values: readonly string[];
}

export const VOCABULARY: Vocabulary = {
  metrics: ['a_total', 'b', 'c:sum', 'sum', 'by', 'offset'],
  labels: ['job', 'instance', 'le', 'on', 'bool'],
  values: ['x', 'y', '0.5', '+Inf', '', 'with "quotes"', 'ümlaut', '\\d'],
};

/** Functions that need arguments of their own kind. */
const SPECIAL = new Set(['label_replace', 'label_join', 'sort_by_label', 'sort_by_label_desc', 'info']);

/**
 * Expressions of every part of the grammar, well typed, as text. `pure` leaves out what orders or chooses series
 * by more than their values.
 */
export function expressions({ metrics, labels, values }: Vocabulary, pure = false): fc.Arbitrary<string> {
  const quoted = fc.constantFrom(...values).map((value) => JSON.stringify(value));
  const label = fc.constantFrom(...labels);
  const labelList = fc.uniqueArray(label, { maxLength: 2 }).map((names) => `(${names.join(', ')})`);
  const matcher = fc
    .tuple(
      label,
      fc.constantFrom('=', '!=', '=~', '!~'),
      fc.constantFrom('"x"', '".*"', '"x|y"', '"[xy]+"', '""'),
    )
    .map((parts) => parts.join(''));
  const braces = fc.array(matcher, { maxLength: 2 }).map((matchers) => `{${matchers.join(', ')}}`);
  const duration = fc.constantFrom('1m', '90s', '5m', '1h30m', '300', '1500ms');
  const at = fc.constantFrom('', '', '', ' @ 600', ' @ start()', ' @ end()', ' @ -1.5');
  const offset = fc.constantFrom('', '', '', ' offset 1m', ' offset -90s', ' offset 30');
  const selector = fc
    .tuple(fc.constantFrom(...metrics), fc.option(braces, { nil: '' }))
    .map((parts) => parts.join(''));
  const number = fc.constantFrom('0', '1', '-1', '2.5', '1e3', '0x1f', 'Inf', 'NaN', '.5', '1_000', '5m');
  const scalarFunctions = functionNames().filter(
    (name) => !SPECIAL.has(name) && (!pure || !/^sort/.test(name)),
  );

  const { vector } = fc.letrec<{ vector: string; scalar: string; matrix: string }>((tie) => ({
    scalar: fc.oneof(
      { maxDepth: 3, depthIdentifier: 'promql' },
      number,
      fc.constantFrom('time()', 'pi()'),
      fc
        .tuple(tie('scalar'), fc.constantFrom('+', '-', '*', '/', '%', '^', 'atan2'), tie('scalar'))
        .map(join),
      tie('vector').map((expr) => `scalar(${expr})`),
      tie('scalar').map((expr) => `(${expr})`),
    ),
    matrix: fc.oneof(
      { maxDepth: 2, depthIdentifier: 'promql' },
      fc
        .tuple(selector, duration, at, offset)
        .map(([expr, range, fixed, back]) => `${expr}[${range}]${fixed}${back}`),
      fc
        .tuple(tie('vector'), duration, fc.constantFrom('', '1m', '30s'), at, offset)
        .map(([expr, range, step, fixed, back]) => `(${expr})[${range}:${step}]${back}${fixed}`),
    ),
    vector: fc.oneof(
      { maxDepth: 4, depthIdentifier: 'promql' },
      fc.tuple(selector, offset, at).map((parts) => parts.join('')),
      fc
        .tuple(
          fc.constantFrom(...scalarFunctions).filter((name) => functionSignature(name)!.returns === 'vector'),
          tie('scalar'),
          tie('vector'),
          tie('matrix'),
        )
        .map(([name, scalar, expr, matrix]) =>
          call(name, { scalar, vector: expr, matrix, string: '"x"', none: '' }),
        ),
      fc
        .tuple(
          fc.constantFrom('sum', 'avg', 'MIN', 'max', 'count', 'group', 'stddev', 'stdvar'),
          fc.constantFrom('', ' by ', ' without '),
          labelList,
          tie('vector'),
        )
        .map(([op, by, list, expr]) => (by === '' ? `${op}(${expr})` : `${op}${by}${list} (${expr})`)),
      fc
        .tuple(
          fc.constantFrom('quantile', ...(pure ? [] : ['topk', 'limitk'])),
          fc.constantFrom('0.5', '1', '2'),
          tie('vector'),
        )
        .map(([op, param, expr]) => `${op}(${param}, ${expr})`),
      fc.tuple(tie('vector'), binaryOperator(labelList), tie('vector')).map(join),
      fc.tuple(tie('vector'), fc.constantFrom('+', '*', '> bool', '<', '=='), tie('scalar')).map(join),
      fc.tuple(fc.constantFrom('-', '+'), tie('vector')).map((parts) => parts.join('')),
      tie('vector').map((expr) => `(${expr})`),
      fc
        .tuple(tie('vector'), label, quoted, label)
        .map(([expr, to, text, from]) => `label_replace(${expr}, "${to}", ${text}, "${from}", "(.*)")`),
    ),
  }));
  return vector;
}

function binaryOperator(labelList: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const matching = fc.tuple(fc.constantFrom('on', 'ignoring'), labelList).map((parts) => parts.join(' '));
  return fc.oneof(
    fc
      .tuple(fc.constantFrom('+', '-', '/', '^', '>', '!=', '>= bool'), fc.option(matching, { nil: '' }))
      .map(join),
    fc.tuple(fc.constantFrom('and', 'or', 'unless', 'AND'), fc.option(matching, { nil: '' })).map(join),
    fc
      .tuple(fc.constantFrom('*', '=='), matching, fc.constantFrom('group_left ()', 'group_right ()'))
      .map(join),
  );
}

function call(name: string, args: Record<string, string>): string {
  const { args: types } = functionSignature(name)!;
  return `${name}(${types.map((type) => args[type]).join(', ')})`;
}

function join(parts: readonly string[]): string {
  return parts.filter((part) => part !== '').join(' ');
}
