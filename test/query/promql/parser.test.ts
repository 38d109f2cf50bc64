import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PromqlParseError } from '../../../src/query/errors.js';
import type { Expr } from '../../../src/query/promql/ast.js';
import { parsePromql } from '../../../src/query/promql/parser.js';
import { printPromql } from '../../../src/query/promql/printer.js';
import { expressions, VOCABULARY } from './generate.js';

describe('parsePromql', () => {
  it.each([
    // Precedence and signs.
    ['-2^2', '-2 ^ 2'],
    ['1 + 2 * 3 ^ 4 ^ 5', '1 + 2 * 3 ^ 4 ^ 5'],
    ['a or b and c == d', 'a or b and c == d'],
    ['- - a', '--a'],
    // Numbers and durations.
    ['0x1F', '31'],
    ['017', '15'],
    ['1_000.5', '1000.5'],
    ['inf', 'Inf'],
    ['Inf ^ 2', 'Inf ^ 2'],
    ['1h30m', '1h30m'],
    ['x > 10m', 'x > 10m'],
    ['x[300]', 'x[5m]'],
    // Names.
    ['{"my.metric", "a.b"="x"}', '{__name__="my.metric","a.b"="x"}'],
    ['sum by ("a.b", on) (x)', 'sum by ("a.b", on) (x)'],
    ['SUM(x) BY (job)', 'sum by (job) (x)'],
    ['sum without () (x)', 'sum without () (x)'],
    ['sum{sum="by"}', 'sum{sum="by"}'],
    ['a:b:c', 'a:b:c'],
    // Modifiers in any order.
    ['x offset 5m @ 10', 'x @ 10.000 offset 5m'],
    ['x[5m] @ end() offset -1d', 'x[5m] @ end() offset -1d'],
    ['x[1h:] @ start()', 'x[1h:] @ start()'],
    ['rate(x[5m])[1h:5m] offset 1w', 'rate(x[5m])[1h:5m] offset 1w'],
    // Matching.
    ['a / on(x) group_left(y) b', 'a / on (x) group_left (y) b'],
    ['a * ignoring() group_right b', 'a * ignoring () group_right () b'],
    ['a == bool on(x) b', 'a == bool on (x) b'],
    // Comments, strings and space.
    ['x # a comment\n + 1', 'x + 1'],
    ['"\\x41\\u00e9\\n"', '"Aé\\n"'],
    ["'single \"'", '"single \\""'],
    ['`raw \\d`', '"raw \\\\d"'],
  ])('reads %s', (query, printed) => {
    expect(printPromql(parsePromql(query))).toBe(printed);
  });

  it('reads arithmetic in durations where experiments are allowed', () => {
    const parse = (query: string): Expr => parsePromql(query, { experimental: true });
    expect(parse('x[5m + 60 * (1 + 1)]')).toMatchObject({ type: 'range', range: 420_000 });
    expect(parse('x offset -(2^3)')).toMatchObject({ offset: -8000 });
    expect(printPromql(parse('x[-5m+35m] offset (100 + 2)'))).toBe(
      'x[-5m + 35m] offset (1m42s)'.replace('1m42s', '100 + 2'),
    );
    expect(() => parsePromql('x[5m + 1m]')).toThrow('experimental duration expression is not enabled');
    expect(() => parse('x[5m / 0]')).toThrow('1:3: parse error: division by zero');
    expect(() => parse('x[1m - 1m]')).toThrow('duration must be greater than 0');
  });

  it.each([
    ['', '1:1: parse error: no expression found in input'],
    ['# only a comment', '1:17: parse error: no expression found in input'],
    ['1 +', '1:4: parse error: unexpected end of input'],
    ['*1', '1:1: parse error: unexpected <op:*>'],
    ['a b', '1:3: parse error: unexpected identifier "b"'],
    ['(1', '1:3: parse error: unclosed left parenthesis'],
    ['1)', "1:2: parse error: unexpected right parenthesis ')'"],
    ['x[5m', '1:5: parse error: unclosed left bracket'],
    ['x]', "1:2: parse error: unexpected right bracket ']'"],
    ['x{', '1:3: parse error: unexpected end of input inside braces'],
    ['x{a}', '1:4: parse error: unexpected "}" in label matching, expected label matching operator'],
    ['x{a=}', '1:5: parse error: unexpected "}" in label matching, expected string'],
    ['x{a="b" c="d"}', '1:9: parse error: unexpected identifier "c" in label matching, expected "," or "}"'],
    ['x{1="b"}', "1:3: parse error: unexpected character inside braces: '1'"],
    ['x{a!"b"}', `1:4: parse error: unexpected character after '!' inside braces: '"'`],
    ['&', "1:1: parse error: unexpected character: '&'"],
    ['a =~ b', "1:3: parse error: unexpected character after '=': '~'"],
    ['5mm', '1:1: parse error: bad number or duration syntax: "5mm"'],
    ['1e', '1:1: parse error: bad number or duration syntax: "1e"'],
    ['1e400', '1:1: parse error: error parsing number: "1e400": value out of range'],
    ['"abc', '1:1: parse error: unterminated quoted string'],
    ['`abc', '1:1: parse error: unterminated raw string'],
    ['"\\q"', "1:1: parse error: unknown escape sequence U+0071 'q'"],
    ['1 == 1', '1:3: parse error: comparisons between scalars must use BOOL modifier'],
    ['1 + bool 2', '1:3: parse error: bool modifier can only be used on comparison operators'],
    ['x and 1', '1:1: parse error: set operator "and" not allowed in binary scalar expression'],
    ['1 or on(a) x', '1:1: parse error: vector matching only allowed between instant vectors'],
    ['a and on(x) group_left(y) b', '1:1: parse error: no grouping allowed for "and" operation'],
    [
      'a + on(x) group_left(x) b',
      '1:3: parse error: label "x" must not occur in ON and GROUP clause at once',
    ],
    ['a + "b"', '1:5: parse error: binary expression must contain only scalar and instant vector types'],
    [
      '-x[5m]',
      '1:1: parse error: unary expression only allowed on expressions of type scalar or instant vector, got "range vector"',
    ],
    ['{}', '1:1: parse error: vector selector must contain at least one non-empty matcher'],
    ['{x=""}', '1:1: parse error: vector selector must contain at least one non-empty matcher'],
    ['{x=~".*"}', '1:1: parse error: vector selector must contain at least one non-empty matcher'],
    ['x{__name__="y"}', '1:1: parse error: metric name must not be set twice: "x" or "y"'],
    ['x{a=~"("}', '1:3: parse error: error parsing regexp: missing closing ): `(`'],
    ['x[0s]', '1:3: parse error: duration must be greater than 0'],
    ['x[-5m]', '1:3: parse error: duration must be greater than 0'],
    ['x[]', '1:3: parse error: unexpected "]" in subquery or range selector, expected number or duration'],
    ['x[5m:', '1:6: parse error: unclosed left bracket'],
    ['x[5m 5m]', '1:6: parse error: unexpected duration "5m" in subquery or range, expected ":" or "]"'],
    ['(x + 1)[5m]', '1:1: parse error: ranges only allowed for vector selectors'],
    ['x offset 1m [5m]', '1:1: parse error: no offset modifiers allowed before range'],
    ['x @ 5 [5m]', '1:1: parse error: no @ modifiers allowed before range'],
    [
      '1 offset 1m',
      '1:1: parse error: offset modifier must be preceded by an instant vector selector or range vector selector or a subquery',
    ],
    [
      '(x + 1) @ 5',
      '1:1: parse error: @ modifier must be preceded by an instant vector selector or range vector selector or a subquery',
    ],
    ['x offset 1m offset 2m', '1:1: parse error: offset may not be set multiple times'],
    ['x @ 1 @ 2', '1:1: parse error: @ <timestamp> may not be set multiple times'],
    ['x @ Inf', '1:1: parse error: timestamp out of bounds for @ modifier: +Inf'],
    ['x offset', '1:9: parse error: unexpected end of input in offset, expected number or duration'],
    ['nope(x)', '1:1: parse error: unknown function with name "nope"'],
    ['constructor(x)', '1:1: parse error: unknown function with name "constructor"'],
    [
      'rate(x)',
      '1:6: parse error: expected type range vector in call to function "rate", got instant vector',
    ],
    ['rate()', '1:1: parse error: expected 1 argument(s) in call to "rate", got 0'],
    ['round()', '1:1: parse error: expected at least 1 argument(s) in call to "round", got 0'],
    ['round(x, 1, 2)', '1:1: parse error: expected at most 2 argument(s) in call to "round", got 3'],
    ['floor(x,)', '1:8: parse error: trailing commas not allowed in function call args'],
    ['info(x)', '1:1: parse error: function "info" is not enabled'],
    [
      'limitk(1, x)',
      '1:1: parse error: limitk() is experimental and must be enabled with --enable-feature=promql-experimental-functions',
    ],
    ['sum()', '1:1: parse error: no arguments for aggregate expression provided'],
    [
      'sum(1, 2)',
      '1:1: parse error: wrong number of arguments for aggregate expression provided, expected 1, got 2',
    ],
    [
      'topk(x)',
      '1:1: parse error: wrong number of arguments for aggregate expression provided, expected 2, got 1',
    ],
    ['topk("1", x)', '1:6: parse error: expected type scalar in aggregation parameter, got string'],
    ['sum(1)', '1:5: parse error: expected type instant vector in aggregation expression, got scalar'],
    ['sum by x (y)', '1:8: parse error: unexpected identifier "x" in grouping opts, expected "("'],
    [
      'sum by (a b) (y)',
      '1:11: parse error: unexpected identifier "b" in grouping opts, expected "," or ")"',
    ],
    ['sum by (1) (y)', '1:9: parse error: unexpected number "1" in grouping opts, expected label'],
    ['x[5m][5m:]', '1:1: parse error: subquery is only allowed on instant vector, got matrix instead'],
    ['a +\n  b c', '2:5: parse error: unexpected identifier "c"'],
  ])('refuses %s', (query, message) => {
    expect(() => parsePromql(query)).toThrow(message);
  });

  it('tells where and why', () => {
    const error = thrown(() => parsePromql('sum(\n  rate(x)\n)'));
    expect(error).toBeInstanceOf(PromqlParseError);
    expect(error).toMatchObject({ type: 'bad_data', line: 2, column: 8, position: { start: 12, end: 13 } });
  });

  it('keeps positions of every part', () => {
    const query = 'sum by (job) (rate(x{a="b"}[5m] offset 1m)) / 2';
    const expr = parsePromql(query);
    const slice = ({ position }: Expr): string => query.slice(position.start, position.end);
    if (expr.type !== 'binary' || expr.lhs.type !== 'aggregate' || expr.lhs.expr.type !== 'call')
      throw new Error();
    expect(slice(expr)).toBe(query);
    expect(slice(expr.lhs)).toBe('sum by (job) (rate(x{a="b"}[5m] offset 1m))');
    expect(slice(expr.lhs.expr)).toBe('rate(x{a="b"}[5m] offset 1m)');
    expect(slice(expr.lhs.expr.args[0]!)).toBe('x{a="b"}[5m] offset 1m');
  });

  it.each(['(', '-', '1+', 'x+(1+', 'sum(', 'x[5m:1m]', 'x^'])('limits nesting by "%s"', (part) => {
    const deep = part.startsWith('x[') ? `x${part.slice(1).repeat(20_000)}` : `${part.repeat(20_000)}x`;
    expect(thrown(() => parsePromql(deep))).toBeInstanceOf(PromqlParseError);
  });

  it('takes hundreds of terms', () => {
    expect(parsePromql(new Array(450).fill('x').join(' + ')).type).toBe('binary');
  });

  it('prints what it reads, and reads that as the same', () => {
    fc.assert(
      fc.property(expressions(VOCABULARY), (query) => {
        let expr: Expr;
        try {
          expr = parsePromql(query, { experimental: true });
        } catch {
          // Precedence may bring a scalar and a vector together that were not meant for each other.
          return fc.pre(false);
        }
        const printed = printPromql(expr);
        const again = parsePromql(printed, { experimental: true });
        expect(withoutPositions(again)).toEqual(withoutPositions(expr));
        expect(printPromql(again)).toBe(printed);
      }),
      { numRuns: 1000 },
    );
  });

  it('answers any text with an expression or a parse error', () => {
    const token = fc.constantFrom(
      ...[
        'sum',
        '(',
        ')',
        '{',
        '}',
        '[',
        ']',
        ',',
        '"a"',
        "'",
        '5m',
        '1',
        'x',
        '@',
        'offset',
        'by',
        '+',
        '-',
        '^',
      ],
      ...[
        '=~',
        '!=',
        '==',
        'bool',
        'on',
        'group_left',
        ':',
        '`',
        '\\',
        '#',
        ' ',
        '\n',
        'start()',
        'rate',
        '\ud800',
        'é',
      ],
    );
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 50 }),
      fc.array(token, { maxLength: 30 }).map((t) => t.join('')),
    );
    fc.assert(
      fc.property(text, fc.boolean(), (query, experimental) => {
        const error = thrown(() => parsePromql(query, { experimental }));
        if (error === undefined) return;
        expect(error).toBeInstanceOf(PromqlParseError);
        const { position, line, column } = error as PromqlParseError;
        expect(position.start).toBeLessThanOrEqual(query.length);
        expect(line).toBeGreaterThan(0);
        expect(column).toBeGreaterThan(0);
      }),
      { numRuns: 2000 },
    );
  });
});

function thrown(run: () => unknown): unknown {
  try {
    run();
    return undefined;
  } catch (error) {
    return error;
  }
}

function withoutPositions(expr: Expr): unknown {
  return JSON.parse(
    JSON.stringify(expr, (key, value: unknown) => {
      if (key === 'position') return undefined;
      if (key === 'matchers') return (value as unknown[]).map(String).sort();
      return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;
    }),
  );
}
