import { invalidOption } from '../../common/errors.js';

/** A text in which `*` stands for anything, or a regular expression. */
export type TextPattern = string | RegExp;

/** A test for texts. The pattern is taken apart once; testing then compares pieces and makes nothing. */
export function textTest(owner: string, path: string, pattern: TextPattern): (value: unknown) => boolean {
  if (pattern instanceof RegExp) {
    // A copy without `g` and `y`, which make `test` remember where it was.
    const expression = new RegExp(pattern.source, pattern.flags.replace(/[gy]/g, ''));
    return (value) => typeof value === 'string' && expression.test(value);
  }
  if (typeof pattern !== 'string' || pattern === '') {
    throw invalidOption(
      owner,
      path,
      pattern,
      'a text that is not empty (* stands for anything), or a RegExp',
    );
  }
  if (!pattern.includes('*')) return (value) => value === pattern;
  const pieces = pattern.split('*');
  return (value) => typeof value === 'string' && holds(value, pieces);
}

/** Whether a text begins with the first piece, ends with the last, and has the others between, in that order. */
function holds(text: string, pieces: readonly string[]): boolean {
  const first = pieces[0]!;
  const last = pieces[pieces.length - 1]!;
  if (!text.startsWith(first) || !text.endsWith(last)) return false;
  let at = first.length;
  const end = text.length - last.length;
  for (let i = 1; i < pieces.length - 1; i++) {
    const found = text.indexOf(pieces[i]!, at);
    if (found < 0) return false;
    at = found + pieces[i]!.length;
  }
  return at <= end;
}
