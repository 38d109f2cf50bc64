import type { RE2JS } from 're2js';
import { re2 } from '../common/re2.js';
import { linearRegExp } from './linear-regexp.js';

/** Characters and instructions of an expression that is no list of plain texts. */
const MAX_LENGTH = 5000;
const MAX_PROGRAM = 5100;

/** A regular expression as label matchers and `label_replace` use it: RE2's syntax, against the whole text. */
export interface AnchoredRegex {
  matches(text: string): boolean;
  /** The only texts that match, where those are few and known: an index then looks them up instead of trying all. */
  readonly literals: readonly string[] | undefined;
}

/**
 * Compiles an expression that must match the whole text, `.` matching every character as Prometheus 3 has it.
 *
 * Matching takes time linear in the text, whatever the expression: the shapes that make up most matchers in
 * dashboards (`a|b|c`, `api-.*`, `.+`) are tried as plain text, what JavaScript's engine surely does in linear time is
 * left to that, and all others run in RE2's automata, which never backtrack. Throws an `Error` that says what is wrong,
 * in RE2's words.
 */
export function compileAnchored(source: string): AnchoredRegex {
  return literalSet(source) ?? wildcards(source) ?? linear(source) ?? automaton(source);
}

/**
 * The automaton behind `compileAnchored`, for those who need its groups. Expressions that would take more than some
 * tens of milliseconds to compile, or to match against one label, are refused: lists of plain texts, however
 * long, do not come here.
 */
export function compileGroups(source: string): RE2JS {
  if (source.length > MAX_LENGTH) {
    throw new Error(
      `error parsing regexp: expression too large: ${source.length} characters, the limit is ${MAX_LENGTH}`,
    );
  }
  // Compiled alone first, so that `a)(b` is refused and errors quote what the user wrote.
  const compiler = re2();
  const length = compiler.compile(source).programSize();
  if (length > MAX_PROGRAM) {
    throw new Error(
      `error parsing regexp: expression too large: ${length} instructions, the limit is ${MAX_PROGRAM}`,
    );
  }
  return compiler.compile(`^(?s:${source})$`);
}

function linear(source: string): AnchoredRegex | undefined {
  const regex = linearRegExp(source);
  return regex && { matches: (text) => regex.test(text), literals: undefined };
}

function automaton(source: string): AnchoredRegex {
  const compiled = compileGroups(source);
  return { matches: (text) => compiled.test(text), literals: undefined };
}

/** `a`, `a|b|c`: plain texts and nothing else. */
function literalSet(source: string): AnchoredRegex | undefined {
  const texts: string[] = [];
  for (const part of splitAlternatives(source)) {
    const text = literalText(part);
    if (text === undefined) return undefined;
    texts.push(text);
  }
  const set = new Set(texts);
  return { matches: (text) => set.has(text), literals: [...set] };
}

/** `.*`, `.+`, `a.*`, `.*a`, `.*a.*`, `a.*b.+c`: plain texts with something or nothing between them. */
function wildcards(source: string): AnchoredRegex | undefined {
  const parts = source.split(/(\.[*+])/);
  const texts: string[] = [];
  /** How many characters there are at least before the text of that index. */
  const least: number[] = [0];
  for (let i = 0; i < parts.length; i += 2) {
    const text = literalText(parts[i]!);
    // (`.+.+` wants two characters, and some have a length of two.)
    if (text === undefined || (text === '' && i > 0 && i < parts.length - 1)) return undefined;
    texts.push(text);
    if (i + 1 < parts.length) least.push(parts[i + 1] === '.+' ? 1 : 0);
  }
  const [first, last, end] = [texts[0]!, texts.at(-1)!, texts.length - 1];
  return {
    matches(given) {
      if (!given.startsWith(first) || !given.endsWith(last)) return false;
      let at = first.length;
      for (let i = 1; i < end; i++) {
        // The first place is the best: it leaves the most to those behind it.
        const found = given.indexOf(texts[i]!, at + least[i]!);
        if (found < 0) return false;
        at = found + texts[i]!.length;
      }
      return at + least[end]! + last.length <= given.length;
    },
    literals: undefined,
  };
}

/** The alternatives outside groups and classes; the whole where it has any of those. */
function splitAlternatives(source: string): string[] {
  return /[()[\]]|\\Q/.test(source) ? [source] : source.split(/(?<!\\)\|/);
}

/** The text that an expression without operators stands for; `undefined` where it has any. */
function literalText(source: string): string | undefined {
  if (!/[\\.+*?()|[\]{}^$]/.test(source)) return source;
  let text = '';
  for (let i = 0; i < source.length; i++) {
    const character = source[i]!;
    if (character === '\\') {
      const escaped = source[++i];
      if (escaped === undefined || !/[\\.+*?()|[\]{}^$\-/:]/.test(escaped)) return undefined;
      text += escaped;
    } else if (/[.+*?()|[\]{}^$]/.test(character)) return undefined;
    else text += character;
  }
  return text;
}
