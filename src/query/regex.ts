import { RE2JS } from 're2js';

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
 * dashboards (`a|b|c`, `api-.*`, `.+`) are tried as plain text, all others run in RE2's automata, which
 * never backtrack. Throws an `Error` that says what is wrong, in RE2's words.
 */
export function compileAnchored(source: string): AnchoredRegex {
  return literalSet(source) ?? wildcards(source) ?? automaton(source);
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
  const length = RE2JS.compile(source).programSize();
  if (length > MAX_PROGRAM) {
    throw new Error(
      `error parsing regexp: expression too large: ${length} instructions, the limit is ${MAX_PROGRAM}`,
    );
  }
  return RE2JS.compile(`^(?s:${source})$`);
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

/** `.*`, `.+`, `a.*`, `a.+`, `.*a`, `.*a.*`: a plain text with something or nothing around it. */
function wildcards(source: string): AnchoredRegex | undefined {
  const match = /^(\.[*+])?(.*?)(\.[*+])?$/s.exec(source)!;
  const before = match[1];
  const after = match[3];
  const text = literalText(match[2]!);
  if (text === undefined) return undefined;
  // At least one more character where the sign is a plus. (Lone `.+` and `.*` leave one of the two undefined.)
  const least = text.length + (before === '.+' ? 1 : 0) + (after === '.+' ? 1 : 0);
  if (before === undefined) {
    return { matches: (given) => given.length >= least && given.startsWith(text), literals: undefined };
  }
  if (after === undefined) {
    return { matches: (given) => given.length >= least && given.endsWith(text), literals: undefined };
  }
  const from = before === '.+' ? 1 : 0;
  const behind = after === '.+' ? 1 : 0;
  return {
    matches: (given) => {
      const at = given.indexOf(text, from);
      // (Beyond the end, an empty text is found at the end.)
      return at >= from && at + text.length + behind <= given.length;
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
