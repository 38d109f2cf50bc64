import { parseDuration } from '../duration.js';
import { parseNumber } from '../numbers.js';
import type { NumberLiteral } from './ast.js';
import type { Cursor } from './cursor.js';

/** The number or duration at the cursor; a duration counts in seconds. */
export function parseLiteralNumber(cursor: Cursor): NumberLiteral {
  const token = cursor.take();
  const position = { start: token.start, end: token.end };
  if (token.kind === 'number') {
    const value = parseNumber(token.text);
    if (value === undefined) return cursor.fail(token, `error parsing number: "${token.text}"`);
    if (value === Infinity && /^[\d.]/.test(token.text)) {
      cursor.fail(token, `error parsing number: "${token.text.slice(0, 40)}": value out of range`);
    }
    return { type: 'number', value, duration: false, position };
  }
  const ms = parseDuration(token.text);
  if (ms === undefined) return cursor.fail(token, `not a valid duration string: "${token.text}"`);
  return { type: 'number', value: ms / 1000, duration: true, position };
}
