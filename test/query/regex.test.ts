import fc from 'fast-check';
import { RE2JS } from 're2js';
import { describe, expect, it } from 'vitest';
import { compileAnchored } from '../../src/query/regex.js';

describe('compileAnchored', () => {
  it('agrees with RE2 on its own short cuts', () => {
    const piece = fc.constantFrom('a', 'b', '.', '.*', '.+', '|', '\\.', 'x', '', '-', '/');
    const source = fc.array(piece, { maxLength: 6 }).map((pieces) => pieces.join(''));
    const text = fc
      .array(fc.constantFrom('a', 'b', '.', 'x', '\n', '-', '/', 'é'), { maxLength: 6 })
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
