import { describeCharacter, KEYWORDS, type Token, type TokenKind } from './token.js';

const NUMBER_OR_DURATION = /[0-9.][0-9a-zA-Z_.]*/y;
/** An exponent's sign ends the run above: `1e` and then `-3`. */
const EXPONENT_OPEN = /^[0-9._]+[eE]$/;
const NUMBER =
  /^(0[xX](_?[0-9a-fA-F])+|(\d(_?\d)*)(\.(\d(_?\d)*)?)?([eE][+-]?\d+)?|\.\d(_?\d)*([eE][+-]?\d+)?)$/;
const DURATION = /^(\d+(ms|[smhdwy]))+$/;
const IDENTIFIER = /[a-zA-Z_:][a-zA-Z0-9_:]*/y;
const LABEL = /[a-zA-Z_][a-zA-Z0-9_]*/y;

/** A character that no token can begin with, or a string that does not end: told to the parser by its place. */
export class LexError extends Error {
  constructor(
    readonly start: number,
    message: string,
  ) {
    super(message);
  }
}

/**
 * Cuts a query into tokens, one `next` at a time, as the parser asks. What a character means depends on the
 * brackets around it: inside braces a keyword is a label name, inside square brackets a colon stands alone.
 */
export class Lexer {
  readonly #text: string;
  #at = 0;
  #parens = 0;
  #inBraces = false;
  #inBrackets = false;
  #colonSeen = false;

  constructor(text: string) {
    this.#text = text;
  }

  /** The next token; `end` for ever at the end. Throws a `LexError`. */
  next(): Token {
    this.#skip();
    const start = this.#at;
    const character = this.#text[start];
    if (character === undefined) return this.#end(start);
    if (character === '"' || character === "'" || character === '`') return this.#string(character);
    if (this.#inBraces) return this.#insideBraces(character);
    if (/[0-9]/.test(character) || (character === '.' && /[0-9]/.test(this.#text[start + 1] ?? ''))) {
      return this.#number();
    }
    if (/[a-zA-Z_:]/.test(character)) return this.#word(character);
    return this.#symbol(character);
  }

  #skip(): void {
    for (;;) {
      const character = this.#text[this.#at];
      if (character === ' ' || character === '\t' || character === '\n' || character === '\r') this.#at++;
      else if (character === '#') {
        const end = this.#text.indexOf('\n', this.#at);
        this.#at = end === -1 ? this.#text.length : end;
      } else return;
    }
  }

  #token(kind: TokenKind, length: number): Token {
    const start = this.#at;
    this.#at += length;
    return { kind, text: this.#text.slice(start, this.#at), start, end: this.#at };
  }

  #fail(message: string, start = this.#at): never {
    throw new LexError(start, message);
  }

  #end(start: number): Token {
    if (this.#inBraces) this.#fail('unexpected end of input inside braces');
    if (this.#parens > 0) this.#fail('unclosed left parenthesis');
    if (this.#inBrackets) this.#fail('unclosed left bracket');
    return { kind: 'end', text: '', start, end: start };
  }

  #string(delimiter: string): Token {
    const start = this.#at;
    const raw = delimiter === '`';
    let i = start + 1;
    for (; ; i++) {
      const character = this.#text[i];
      if (character === undefined)
        this.#fail(raw ? 'unterminated raw string' : 'unterminated quoted string', start);
      if (character === delimiter) break;
      if (raw) continue;
      if (character === '\n') this.#fail('unterminated quoted string', start);
      if (character === '\\') i++;
    }
    return this.#token('string', i + 1 - start);
  }

  #insideBraces(character: string): Token {
    LABEL.lastIndex = this.#at;
    const label = LABEL.exec(this.#text);
    if (label !== null) return this.#token('identifier', label[0].length);
    const following = this.#text[this.#at + 1];
    switch (character) {
      case ',':
        return this.#token(',', 1);
      case '=':
        return following === '~' ? this.#token('=~', 2) : this.#token('=', 1);
      case '!':
        if (following === '~') return this.#token('!~', 2);
        if (following === '=') return this.#token('!=', 2);
        return this.#fail(
          `unexpected character after '!' inside braces: ${describeCharacter(this.#text, this.#at + 1)}`,
        );
      case '{':
        return this.#fail("unexpected left brace '{'");
      case '}':
        this.#inBraces = false;
        return this.#token('}', 1);
      default:
        return this.#fail(`unexpected character inside braces: ${describeCharacter(this.#text, this.#at)}`);
    }
  }

  #number(): Token {
    NUMBER_OR_DURATION.lastIndex = this.#at;
    let run = NUMBER_OR_DURATION.exec(this.#text)![0];
    if (EXPONENT_OPEN.test(run)) {
      const exponent = /^[+-]\d+[0-9a-zA-Z_.]*/.exec(
        this.#text.slice(this.#at + run.length, this.#at + run.length + 16),
      );
      run += exponent?.[0] ?? '';
    }
    if (NUMBER.test(run)) return this.#token('number', run.length);
    if (DURATION.test(run)) return this.#token('duration', run.length);
    return this.#fail(`bad number or duration syntax: ${JSON.stringify(run)}`);
  }

  #word(first: string): Token {
    if (this.#inBrackets) {
      if (first !== ':') {
        this.#fail(`unexpected character: ${describeCharacter(this.#text, this.#at)}, expected ':'`);
      }
      if (this.#colonSeen) this.#fail("unexpected colon ':'");
      this.#colonSeen = true;
      return this.#token(':', 1);
    }
    IDENTIFIER.lastIndex = this.#at;
    const word = IDENTIFIER.exec(this.#text)![0];
    const keyword = KEYWORDS.get(word.toLowerCase());
    if (keyword !== undefined) return this.#token(keyword, word.length);
    return this.#token(word.includes(':') ? 'metric_identifier' : 'identifier', word.length);
  }

  #symbol(character: string): Token {
    const following = this.#text[this.#at + 1];
    switch (character) {
      case ',':
      case '*':
      case '/':
      case '%':
      case '+':
      case '-':
      case '^':
      case '@':
        return this.#token(character, 1);
      case '=':
        if (following === '=') return this.#token('==', 2);
        if (following === '~') this.#fail("unexpected character after '=': '~'");
        return this.#token('=', 1);
      case '!':
        if (following === '=') return this.#token('!=', 2);
        return this.#fail(`unexpected character after '!': ${describeCharacter(this.#text, this.#at + 1)}`);
      case '<':
        return following === '=' ? this.#token('<=', 2) : this.#token('<', 1);
      case '>':
        return following === '=' ? this.#token('>=', 2) : this.#token('>', 1);
      case '(':
        this.#parens++;
        return this.#token('(', 1);
      case ')':
        if (this.#parens === 0) this.#fail("unexpected right parenthesis ')'");
        this.#parens--;
        return this.#token(')', 1);
      case '{':
        this.#inBraces = true;
        return this.#token('{', 1);
      case '[':
        if (this.#inBrackets) this.#fail("unexpected left bracket '['");
        this.#inBrackets = true;
        this.#colonSeen = false;
        return this.#token('[', 1);
      case ']':
        if (!this.#inBrackets) this.#fail("unexpected right bracket ']'");
        this.#inBrackets = false;
        return this.#token(']', 1);
      default:
        return this.#fail(`unexpected character: ${describeCharacter(this.#text, this.#at)}`);
    }
  }
}
