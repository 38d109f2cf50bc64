import { isDigit, isLetter, type Match, type TextPattern } from './text-pattern.js';

/** A JSON Web Token begins with the base64 of `{"`. */
const JWT = 'eyJ';
const MIN_TOKEN = 8;

/**
 * What follows `Bearer` (RFC 6750), in any case, and JSON Web Tokens wherever they stand. The word itself stays.
 */
export function bearerTokens(): TextPattern {
  return { name: 'bearerTokens', find: findToken };
}

function findToken(text: string, from: number): Match | undefined {
  for (let i = from; i < text.length; i++) {
    if (i > 0 && isTokenUnit(text.charCodeAt(i - 1))) continue;
    const start = tokenStart(text, i);
    if (start === undefined) continue;
    let end = start;
    while (end < text.length && isTokenUnit(text.charCodeAt(end))) end++;
    if (end - start >= MIN_TOKEN) return { start, end };
    i = Math.max(i, end - 1);
  }
  return undefined;
}

/** Where the token begins, if the word at `i` is one or announces one. */
function tokenStart(text: string, i: number): number | undefined {
  const unit = text.charCodeAt(i);
  if (unit === 0x65) return text.startsWith(JWT, i) ? i : undefined;
  if ((unit | 0x20) !== 0x62 || text.slice(i, i + 6).toLowerCase() !== 'bearer') return undefined;
  let start = i + 6;
  while (text.charCodeAt(start) === 0x20) start++;
  return start > i + 6 ? start : undefined;
}

/** `b64token` of RFC 6750: letters, digits, and `-._~+/=`. */
function isTokenUnit(unit: number): boolean {
  return isLetter(unit) || isDigit(unit) || '-._~+/='.includes(String.fromCharCode(unit));
}
