import { RE2JS } from 're2js';
import { describe, TelltaleError } from '../../common/errors.js';
import type { TextPattern } from './text-pattern.js';

/**
 * A pattern of your own, in RE2's syntax: regular expressions without back references and without looking around,
 * which is what lets them run in linear time on any text.
 *
 * ```ts
 * redaction({ patterns: [linearPattern('AKIA[0-9A-Z]{16}')] });
 * ```
 *
 * @param source The expression; `(?i)` at its start makes it pass over case.
 * @throws TelltaleError for an expression that RE2 does not know, or that matches the empty text
 */
export function linearPattern(source: string): TextPattern {
  const compiled = compile(source);
  return {
    name: source,
    find(text, from) {
      const matcher = compiled.matcher(text);
      for (let at = from; at <= text.length && matcher.find(at); at++) {
        const start = matcher.start();
        const end = matcher.end();
        if (end > start) return { start, end };
        at = Math.max(at, start);
      }
      return undefined;
    },
  };
}

function compile(source: string): RE2JS {
  const accepted = 'accepted: a regular expression in the syntax of RE2 that does not match the empty text';
  let why = '';
  try {
    const compiled = RE2JS.compile(source);
    if (!compiled.test('')) return compiled;
  } catch (error) {
    why = ` (${(error as Error).message})`;
  }
  throw new TelltaleError(`linearPattern: source is ${describe(source)}${why}; ${accepted}`, 'source');
}
