import { type Position, PromqlParseError } from '../errors.js';
import { children, type Expr } from './ast.js';
import { LexError, Lexer } from './lexer.js';
import { describeToken, type Token, type TokenKind } from './token.js';

/**
 * How deep an expression's tree may be; a chain of operators makes one as deep as it is long. Every later walk over
 * the tree recurses, with up to six calls a level, and a stack holds some ten thousand.
 */
const MAX_DEPTH = 500;

/** What the parts of the parser hand to each other. */
export interface ParserContext {
  readonly cursor: Cursor;
  readonly experimental: boolean;
  expression(): Expr;
}

/** The parser's place in the tokens of a query, and how it complains. */
export class Cursor {
  readonly query: string;
  readonly #lexer: Lexer;
  #token: Token;
  #previousEnd = 0;
  #depth = 0;
  readonly #depths = new WeakMap<Expr, number>();

  constructor(query: string) {
    this.query = query;
    this.#lexer = new Lexer(query);
    this.#token = this.#read();
  }

  get token(): Token {
    return this.#token;
  }

  get kind(): TokenKind {
    return this.#token.kind;
  }

  /** Where the last token taken ended. */
  get previousEnd(): number {
    return this.#previousEnd;
  }

  take(): Token {
    const token = this.#token;
    this.#previousEnd = token.end;
    this.#token = this.#read();
    return token;
  }

  /** Takes the token where it is of that kind. */
  accept(kind: TokenKind): boolean {
    if (this.#token.kind !== kind) return false;
    this.take();
    return true;
  }

  expect(kind: TokenKind, context: string, expected: string): Token {
    if (this.#token.kind !== kind) this.unexpected(context, expected);
    return this.take();
  }

  unexpected(context = '', expected = ''): never {
    const place = context === '' ? '' : ` in ${context}`;
    const hint = expected === '' ? '' : `, expected ${expected}`;
    return this.fail(this.#token, `unexpected ${describeToken(this.#token)}${place}${hint}`);
  }

  fail(position: Position, reason: string): never {
    throw new PromqlParseError(this.query, { start: position.start, end: position.end }, reason);
  }

  /** Counts one level of nesting while `parse` runs. */
  nested<T>(parse: () => T): T {
    this.#depth++;
    if (this.#depth > MAX_DEPTH) this.#tooDeep();
    const result = parse();
    this.#depth--;
    return result;
  }

  /** Notes an expression as done, its parts having been noted before; refuses one whose tree is too deep. */
  done<T extends Expr>(expr: T): T {
    let depth = 0;
    for (const child of children(expr)) depth = Math.max(depth, this.#depths.get(child) ?? 0);
    if (depth >= MAX_DEPTH) this.#tooDeep();
    this.#depths.set(expr, depth + 1);
    return expr;
  }

  #tooDeep(): never {
    return this.fail(this.#token, `expression is nested too deeply, the limit is ${MAX_DEPTH} levels`);
  }

  #read(): Token {
    try {
      return this.#lexer.next();
    } catch (error) {
      if (!(error instanceof LexError)) throw error;
      throw new PromqlParseError(this.query, { start: error.start, end: this.query.length }, error.message);
    }
  }
}
