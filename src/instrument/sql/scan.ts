import type { Dialect } from './dialect.js';

/** A piece of a statement that says what it does: a word, a quoted name, or a sign. */
export interface Token {
  readonly kind: 'word' | 'name' | 'sign' | 'value';
  /** As written; the quotes of a name included. */
  readonly text: string;
}

export interface Scan {
  /** The statement without comments, and with `?` in place of every literal. */
  readonly masked: string;
  readonly tokens: readonly Token[];
}

/**
 * Reads a statement once from front to back: each character is looked at a bounded number of times, whatever the
 * statement is. What cannot be told apart, such as a text that never ends, is masked.
 */
export function scan(text: string, dialect: Dialect): Scan {
  return new Scanner(text, dialect).scan();
}

class Scanner {
  readonly #text: string;
  readonly #dialect: Dialect;
  readonly #tokens: Token[] = [];
  #masked: string[] = [];
  #at = 0;
  /** Up to here the statement was written out. */
  #written = 0;
  /** The length of `#masked` behind `IN (`, as long as nothing but values and commas has followed. */
  #list = -1;

  constructor(text: string, dialect: Dialect) {
    this.#text = text;
    this.#dialect = dialect;
  }

  scan(): Scan {
    while (this.#at < this.#text.length) this.#next();
    this.#write(this.#text.length);
    return { masked: this.#masked.join('').trim(), tokens: this.#tokens };
  }

  #next(): void {
    const text = this.#text;
    const at = this.#at;
    const code = text.charCodeAt(at);
    if (isSpace(code)) this.#at++;
    else if (isWordStart(code)) this.#word();
    else if (isDigit(code)) this.#number();
    else {
      switch (text[at]) {
        case "'":
          this.#literal(this.#quoted(at, "'", this.#dialect.backslash));
          break;
        case '"':
          if (this.#dialect.doubleQuotedText) this.#literal(this.#quoted(at, '"', this.#dialect.backslash));
          else this.#name('"');
          break;
        case '`':
          this.#name('`');
          break;
        case '[':
          if (this.#dialect.brackets) this.#name(']');
          else this.#sign();
          break;
        case '-':
          if (text[at + 1] === '-') this.#comment(endOfLine(text, at));
          else this.#sign();
          break;
        case '/':
          if (text[at + 1] === '*') this.#comment(this.#endOfComment());
          else this.#sign();
          break;
        case '#':
          if (this.#dialect.hashComments) this.#comment(endOfLine(text, at));
          else this.#sign();
          break;
        case '$':
          this.#dollar();
          break;
        case '.':
          // A point after a name leads to a further name, else to a fraction.
          if (isDigit(text.charCodeAt(at + 1)) && !isWordPart(text.charCodeAt(at - 1))) this.#number();
          else this.#sign();
          break;
        case '?':
          this.#parameter(at + 1);
          break;
        case ':':
          // Not `::`, a cast.
          if (text[at + 1] === ':') {
            this.#at++;
            this.#sign();
          } else if (isWordPart(text.charCodeAt(at + 1))) this.#parameter(this.#endOfWord(at + 1));
          else this.#sign();
          break;
        case '@':
          this.#parameter(this.#endOfWord(at + 1));
          break;
        default:
          this.#sign();
      }
    }
  }

  #word(): void {
    const end = this.#endOfWord(this.#at);
    const word = this.#text.slice(this.#at, end);
    const quote = this.#text[end];
    // E'…', N'…', B'…', X'…', U&'…': the letter is a part of the text.
    if (quote === "'" && word.length === 1 && 'eEnNbBxX'.includes(word)) {
      const escapes =
        this.#dialect.backslash || (this.#dialect.dollarQuotes && (word === 'e' || word === 'E'));
      this.#literal(this.#quoted(end, "'", escapes));
      return;
    }
    if (quote === '&' && this.#text[end + 1] === "'" && (word === 'u' || word === 'U')) {
      this.#literal(this.#quoted(end + 1, "'", false));
      return;
    }
    this.#list = -1;
    this.#tokens.push({ kind: 'word', text: word });
    this.#at = end;
  }

  #number(): void {
    const text = this.#text;
    let end = this.#at + 1;
    while (end < text.length) {
      const code = text.charCodeAt(end);
      const exponentSign =
        (code === 43 || code === 45) && (text[end - 1] === 'e' || text[end - 1] === 'E') && !this.#isHex(end);
      if (!isWordPart(code) && code !== 46 && !exponentSign) break;
      end++;
    }
    this.#literal(end);
  }

  /** Whether the number that is being read began with `0x`, where an `e` is a digit. */
  #isHex(end: number): boolean {
    const second = end > this.#at + 1 ? this.#text[this.#at + 1] : '';
    return second === 'x' || second === 'X';
  }

  /** `$1` is a parameter, `$tag$ … $tag$` a text. */
  #dollar(): void {
    const text = this.#text;
    const at = this.#at;
    if (isDigit(text.charCodeAt(at + 1))) {
      this.#parameter(this.#endOfWord(at + 1));
      return;
    }
    let tag = at + 1;
    while (tag < text.length && isWordPart(text.charCodeAt(tag)) && text[tag] !== '$') tag++;
    if (!this.#dialect.dollarQuotes || text[tag] !== '$') {
      if (tag > at + 1) this.#parameter(tag);
      else this.#sign();
      return;
    }
    const mark = text.slice(at, tag + 1);
    const close = text.indexOf(mark, tag + 1);
    this.#literal(close === -1 ? text.length : close + mark.length);
  }

  /** Where a quoted text ends that begins at `start`: behind its closing quote, which doubled is no end. */
  #quoted(start: number, quote: string, backslash: boolean): number {
    const text = this.#text;
    let at = start + 1;
    while (at < text.length) {
      if (backslash && text[at] === '\\') at += 2;
      else if (text[at] !== quote) at++;
      else if (text[at + 1] === quote) at += 2;
      else return at + 1;
    }
    return text.length;
  }

  #name(quote: string): void {
    const start = this.#at;
    const end = this.#quoted(start, quote, false);
    this.#at = end;
    this.#list = -1;
    // A name that never ends may be anything.
    if (end === this.#text.length && (end - start < 2 || this.#text[end - 1] !== quote)) {
      this.#at = start;
      this.#literal(end);
      return;
    }
    this.#tokens.push({ kind: 'name', text: this.#text.slice(start, end) });
  }

  #literal(end: number): void {
    this.#write(this.#at);
    this.#masked.push('?');
    this.#tokens.push(VALUE);
    this.#at = this.#written = Math.min(end, this.#text.length);
  }

  #parameter(end: number): void {
    this.#tokens.push(VALUE);
    this.#at = end;
  }

  #comment(end: number): void {
    this.#write(this.#at);
    this.#masked.push(' ');
    this.#at = this.#written = end;
  }

  #sign(): void {
    const sign = this.#text[this.#at]!;
    const before = this.#tokens.at(-1);
    this.#tokens.push({ kind: 'sign', text: sign });
    this.#at++;
    if (sign === '(') {
      const isList =
        before?.kind === 'word' && before.text.length === 2 && before.text.toUpperCase() === 'IN';
      this.#write(this.#at);
      this.#list = isList ? this.#masked.length : -1;
    } else if (sign === ')' && this.#list !== -1) {
      // However many values there are, it is the same statement.
      if (before?.kind === 'value') {
        this.#masked.length = this.#list;
        this.#masked.push('?)');
        this.#written = this.#at;
      }
      this.#list = -1;
    } else if (sign !== ',' && sign !== '-' && sign !== '+') this.#list = -1;
  }

  /** Comments of PostgreSQL may hold comments. */
  #endOfComment(): number {
    const text = this.#text;
    if (!this.#dialect.dollarQuotes) {
      const end = text.indexOf('*/', this.#at + 2);
      return end === -1 ? text.length : end + 2;
    }
    let depth = 0;
    for (let at = this.#at; at < text.length; at++) {
      if (text[at] === '/' && text[at + 1] === '*') {
        depth++;
        at++;
      } else if (text[at] === '*' && text[at + 1] === '/') {
        depth--;
        at++;
        if (depth === 0) return at + 1;
      }
    }
    return text.length;
  }

  #endOfWord(start: number): number {
    let end = start;
    while (end < this.#text.length && isWordPart(this.#text.charCodeAt(end))) end++;
    return end;
  }

  #write(end: number): void {
    if (end > this.#written) this.#masked.push(this.#text.slice(this.#written, end));
    this.#written = end;
  }
}

const VALUE: Token = { kind: 'value', text: '?' };

function endOfLine(text: string, from: number): number {
  const end = text.indexOf('\n', from);
  return end === -1 ? text.length : end;
}

function isSpace(code: number): boolean {
  return code === 32 || (code >= 9 && code <= 13);
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

/** Letters, the underscore, and everything beyond ASCII. */
function isWordStart(code: number): boolean {
  return (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || code === 95 || code >= 128;
}

function isWordPart(code: number): boolean {
  return isWordStart(code) || isDigit(code) || code === 36;
}
