import { textFromBytes } from '../quote.js';

const SHORT: Readonly<Record<string, number>> = { a: 7, b: 8, f: 12, n: 10, r: 13, t: 9, v: 11, '\\': 92 };
const NUMERIC: Readonly<Record<string, { length: number; base: number; byte: boolean }>> = {
  x: { length: 2, base: 16, byte: true },
  u: { length: 4, base: 16, byte: false },
  U: { length: 8, base: 16, byte: false },
};

/**
 * The text that a string literal stands for, or a sentence on what is wrong with its escapes. Literals are Go's:
 * between double or single quotes with escapes, between back quotes as it stands.
 */
export function unquote(literal: string): { text: string } | { reason: string } {
  const delimiter = literal[0]!;
  const body = literal.slice(1, -1);
  if (delimiter === '`') return { text: body.replaceAll('\r', '') };
  if (!body.includes('\\')) return { text: body };
  const bytes: number[] = [];
  const encoder = new TextEncoder();
  let i = 0;
  while (i < body.length) {
    const backslash = body.indexOf('\\', i);
    const plainEnd = backslash === -1 ? body.length : backslash;
    for (const byte of encoder.encode(body.slice(i, plainEnd))) bytes.push(byte);
    if (backslash === -1) break;
    const read = readEscape(body, backslash + 1, delimiter);
    if ('reason' in read) return read;
    if (read.byte) bytes.push(read.code);
    else for (const byte of encoder.encode(String.fromCodePoint(read.code))) bytes.push(byte);
    i = read.next;
  }
  return { text: textFromBytes(bytes) };
}

type Escape = { code: number; byte: boolean; next: number } | { reason: string };

function readEscape(body: string, at: number, delimiter: string): Escape {
  const letter = body[at];
  if (letter === undefined) return { reason: 'escape sequence not terminated' };
  if (letter === delimiter) return { code: letter.charCodeAt(0), byte: true, next: at + 1 };
  const short = Object.hasOwn(SHORT, letter) ? SHORT[letter] : undefined;
  if (short !== undefined) return { code: short, byte: true, next: at + 1 };
  const octal = letter >= '0' && letter <= '7';
  const form = octal
    ? { length: 3, base: 8, byte: true }
    : Object.hasOwn(NUMERIC, letter)
      ? NUMERIC[letter]
      : undefined;
  if (form === undefined) return { reason: `unknown escape sequence ${unicodeName(body, at)}` };
  const first = octal ? at : at + 1;
  let code = 0;
  for (let i = first; i < first + form.length; i++) {
    const digit = body[i];
    if (digit === undefined) return { reason: 'escape sequence not terminated' };
    const value = Number.parseInt(digit, form.base);
    if (Number.isNaN(value))
      return { reason: `illegal character ${unicodeName(body, i)} in escape sequence` };
    code = code * form.base + value;
  }
  const tooLarge = form.byte ? code > 255 : code > 0x10ffff || (code >= 0xd800 && code < 0xe000);
  if (tooLarge) return { reason: 'escape sequence is an invalid Unicode code point' };
  return { code, byte: form.byte, next: first + form.length };
}

/** A character as Go prints it with `%#U`: `U+0078 'x'`. */
function unicodeName(text: string, at: number): string {
  const code = text.codePointAt(at)!;
  return `U+${code.toString(16).toUpperCase().padStart(4, '0')} '${String.fromCodePoint(code)}'`;
}
