import { RE2JS } from 're2js';
import { invalidOption } from '../../common/errors.js';
import type { Condition } from './condition.js';
import type { TextQuery } from './log-query.js';
import type { Segment } from './segment.js';

/** Characters and instructions of a regular expression at most; larger ones take long to compile. */
const MAX_LENGTH = 5000;
const MAX_PROGRAM = 5100;

/** What the message of a record, or of its error, must contain. */
export function textCondition(owner: string, query: TextQuery, caseSensitive: boolean): Condition {
  if (typeof query === 'string') return substring(query, caseSensitive);
  if (query instanceof RegExp) return regex(owner, RE2JS.translateRegExp(query), query);
  const { words, regex: source } = (query ?? {}) as { words?: unknown; regex?: unknown };
  if (typeof words === 'string') return wholeWords(words, caseSensitive);
  if (typeof source === 'string') return regex(owner, source, source);
  throw invalidOption(owner, 'text', query, 'a string, a RegExp, { words } or { regex }');
}

function substring(text: string, caseSensitive: boolean): Condition {
  const needle = needleOf(text);
  return {
    next: (segment, from) => segment.findText(needle, from),
    test: caseSensitive
      ? (segment, i) => segment.originalText(i).includes(text)
      : (segment, i) => segment.lowerText(i).includes(text.toLowerCase()),
    isExact: !caseSensitive,
  };
}

function wholeWords(text: string, caseSensitive: boolean): Condition {
  const words = (caseSensitive ? text : text.toLowerCase()).split(/[^\p{L}\p{N}_]+/u).filter(Boolean);
  // The longest is the rarest.
  const longest = words.reduce((one, other) => (other.length > one.length ? other : one), '');
  const needle = needleOf(longest);
  return {
    next: (segment, from) => segment.findText(needle, from),
    test(segment, i) {
      const given = caseSensitive ? segment.originalText(i) : segment.lowerText(i);
      return words.every((word) => hasWord(given, word));
    },
  };
}

function regex(owner: string, source: string, given: unknown): Condition {
  let program: RE2JS;
  try {
    if (source.length > MAX_LENGTH) throw new Error(`it has more than ${MAX_LENGTH} characters`);
    program = RE2JS.compile(source);
    if (program.programSize() > MAX_PROGRAM) throw new Error('it is too large');
  } catch (error) {
    const reason = (error as Error).message;
    throw invalidOption(owner, 'text', given, `an expression in RE2's syntax (${reason})`);
  }
  return { test: (segment: Segment, i) => program.test(segment.originalText(i)) };
}

/** The text as segments keep theirs: in lower case, a character for each byte. */
function needleOf(text: string): string {
  return Buffer.from(text.toLowerCase()).toString('latin1');
}

function hasWord(text: string, word: string): boolean {
  for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + 1)) {
    if (!isWordBefore(text, at) && !isWordAt(text, at + word.length)) return true;
  }
  return false;
}

function isWordBefore(text: string, at: number): boolean {
  if (at === 0) return false;
  const isLow = (text.charCodeAt(at - 1) & 0xfc00) === 0xdc00;
  return isWordAt(text, isLow && at > 1 ? at - 2 : at - 1);
}

function isWordAt(text: string, at: number): boolean {
  const point = text.codePointAt(at);
  return point !== undefined && /[\p{L}\p{N}_]/u.test(String.fromCodePoint(point));
}
