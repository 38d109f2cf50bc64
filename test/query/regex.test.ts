import fc from 'fast-check';
import { RE2JS } from 're2js';
import { describe, expect, it } from 'vitest';
import { linearRegExp } from '../../src/query/linear-regexp.js';
import { compileAnchored } from '../../src/query/regex.js';

describe('compileAnchored', () => {
  it('agrees with RE2 on its own short cuts', () => {
    const piece = fc.constantFrom('a', 'b', '.', '.*', '.+', '|', '\\.', 'x', '', '💧', '-', '/');
    const source = fc.array(piece, { maxLength: 6 }).map((pieces) => pieces.join(''));
    const text = fc
      .array(fc.constantFrom('a', 'b', '.', 'x', '\n', '-', '/', 'é', '💧'), { maxLength: 6 })
      .map((t) => t.join(''));
    fc.assert(
      fc.property(source, text, (expression, given) => {
        let reference: RE2JS;
        try {
          reference = RE2JS.compile(`^(?s:${expression})$`);
        } catch {
          expect(() => compileAnchored(expression)).toThrow();
          return;
        }
        expect(compileAnchored(expression).matches(given)).toBe(reference.test(given));
      }),
      { numRuns: 3000 },
    );
  });

  it('agrees with RE2 where it leaves an expression to JavaScript', () => {
    const piece = fc.constantFrom(
      ...[
        'a',
        'b',
        'é',
        '💧',
        '.',
        '\\.',
        '\\d',
        '\\W',
        '\\s',
        '\\S',
        '\\-',
        '\\_',
        '/',
        ' ',
        '\n',
        '_',
        '1',
      ],
      ...[
        '[ab]',
        '[^a]',
        '[a-c\\d]',
        '[a-]',
        '[\\w-]',
        '[^\\s💧]',
        '[^]',
        '[]a]',
        '[c-a]',
        '[a-\\d]',
        '[-a]',
        '[a-c-e]',
        '[[:alpha:]]',
      ],
      ...[
        '(',
        ')',
        '(?:',
        '(?i)',
        '|',
        '^',
        '$',
        '*',
        '+',
        '?',
        '??',
        '{2}',
        '{0,2}',
        '{1,}',
        '{3,1}',
        '{',
        '}',
        '{,2}',
        '{0}',
      ],
    );
    const source = fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join(''));
    const text = fc
      .array(fc.constantFrom('a', 'b', 'c', 'A', '1', 'é', '💧', '.', '-', '_', '/', ' ', '\n', '\v', '^'), {
        maxLength: 5,
      })
      .map((characters) => characters.join(''));
    let linear = 0;
    fc.assert(
      fc.property(source, fc.array(text, { minLength: 5, maxLength: 5 }), (expression, texts) => {
        const regex = linearRegExp(expression);
        if (regex === undefined) return;
        linear++;
        const reference = RE2JS.compile(`^(?s:${expression})$`);
        RE2JS.compile(expression);
        for (const given of texts) expect([given, regex.test(given)]).toEqual([given, reference.test(given)]);
      }),
      { numRuns: 10_000 },
    );
    expect(linear).toBeGreaterThan(1000);
  });

  it.each([
    ['5..'],
    ['(GET|POST)'],
    ['/api/v[12]/.*'],
    ['[a-z0-9-]+'],
    ['^foo|bar$'],
    ['4[0-9]{2}|5\\d\\d'],
    ['pod-[a-f0-9]{8,10}-.*'],
  ])('needs no automaton for %s', (source) => {
    expect(linearRegExp(source)).toBeDefined();
  });

  it.each([
    ['(a+)+'],
    ['.*a.*b.*'],
    ['(a|a)'.repeat(7)],
    ['(a?b?c?){3}'],
    ['(?i)a'],
    ['a+?'],
    ['[a-z]+-[0-9]+'],
  ])('leaves %s to the automaton: JavaScript could try too many ways, or means something else', (source) => {
    expect(linearRegExp(source)).toBeUndefined();
    compileAnchored(source);
  });

  it.each([['a)(b'], ['(?=a)'], ['(?<!a)'], ['\\1'], ['[a'], ['a{1001}'], ['((a{100}){100}){100}'], ['*']])(
    'refuses %s, which RE2 has not',
    (source) => {
      expect(() => compileAnchored(source)).toThrow('error parsing regexp');
    },
  );

  it('refuses what would take too long, but no list of texts', () => {
    expect(() => compileAnchored('(a|ab)*'.repeat(1000))).toThrow(
      'expression too large: 7000 characters, the limit is 5000',
    );
    expect(() => compileAnchored('(a?){1000}(b?){1000}')).toThrow('instructions, the limit is 5100');
    const pods = Array.from({ length: 5000 }, (_, i) => `pod-${i}`);
    expect(compileAnchored(pods.join('|')).matches('pod-4999')).toBe(true);
  });

  it('takes time linear in the text', () => {
    const hostile = compileAnchored('(a+)+(a|aa)*(.*a){8}b');
    const started = performance.now();
    expect(hostile.matches('a'.repeat(20_000))).toBe(false);
    // A matcher that backtracks would not be done before the sun is.
    expect(performance.now() - started).toBeLessThan(5000);
  });

  it('knows the texts of alternatives', () => {
    expect(compileAnchored('a|b\\.c|').literals).toEqual(['a', 'b.c', '']);
    expect(compileAnchored('a.*').literals).toBeUndefined();
  });
});
