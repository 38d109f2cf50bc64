import type { Token } from './scan.js';

/** What a statement does, and to what. */
export interface Summary {
  /** The first operation, in capitals: `SELECT`, `INSERT`. */
  readonly operation: string | undefined;
  /** The table, where the statement names exactly one. */
  readonly collection: string | undefined;
  /** Operations and tables in the order of the text: `INSERT archive SELECT orders`. At most 255 characters. */
  readonly summary: string | undefined;
}

/** The specification's limit; no part is cut in two. */
const MAX_SUMMARY = 255;

/** Statements of which only the first word is told: their number has to be bounded. */
const PLAIN = new Set(
  (
    'BEGIN START COMMIT ROLLBACK ABORT END SAVEPOINT RELEASE SET RESET SHOW USE PRAGMA GRANT REVOKE LISTEN NOTIFY ' +
    'UNLISTEN ANALYZE VACUUM REINDEX CLUSTER CHECKPOINT DISCARD DECLARE FETCH MOVE CLOSE DEALLOCATE PREPARE DO ' +
    'VALUES DESCRIBE DESC KILL OPTIMIZE ATTACH DETACH COMMENT REFRESH IMPORT LOAD HANDLER FLUSH'
  ).split(' '),
);
const CREATING = new Set(['CREATE', 'ALTER', 'DROP', 'TRUNCATE']);
/** What is created, altered or dropped; tables and views count as collections. */
const OBJECTS = new Set(
  (
    'TABLE VIEW INDEX DATABASE SCHEMA SEQUENCE FUNCTION PROCEDURE TRIGGER TYPE ROLE USER EXTENSION DOMAIN POLICY ' +
    'PUBLICATION SUBSCRIPTION TABLESPACE RULE AGGREGATE COLLATION OPERATOR SERVER EVENT'
  ).split(' '),
);
const COLLECTIONS = new Set(['TABLE', 'VIEW']);
/** Words that may stand before the name of a table and are none. */
const BEFORE_NAME = new Set([
  'ONLY',
  'LATERAL',
  'TABLE',
  'IF',
  'NOT',
  'EXISTS',
  'CONCURRENTLY',
  'IGNORE',
  'LOW_PRIORITY',
]);
/** Words that end a list of tables. */
const ENDS_LIST = new Set(
  'WHERE GROUP ORDER HAVING LIMIT OFFSET ON SET VALUES RETURNING WINDOW UNION INTERSECT EXCEPT FOR USING FETCH'.split(
    ' ',
  ),
);

/** One level of parentheses. */
interface Level {
  /** The operation that was met on it. */
  operation: string | undefined;
  /** Whether commas go on to a further table. */
  list: boolean;
  /** Whether names of common table expressions are being defined on it. */
  with: boolean;
}

/** Tells what a statement does from its tokens, in one pass. */
export function summarize(tokens: readonly Token[]): Summary {
  return new Summarizer(tokens).summarize();
}

class Summarizer {
  readonly #tokens: readonly Token[];
  readonly #parts: string[] = [];
  readonly #collections = new Set<string>();
  /** Names that the statement itself defines: they are no tables. */
  readonly #defined = new Set<string>();
  #levels: Level[] = [newLevel()];
  #operation: string | undefined;
  #length = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  summarize(): Summary {
    for (let i = 0; i < this.#tokens.length; i++) {
      const { kind, text } = this.#tokens[i]!;
      if (kind === 'sign') i = this.#sign(text, i);
      else if (kind === 'word') i = this.#word(text.toUpperCase(), i);
    }
    const [only, ...others] = this.#collections;
    return {
      operation: this.#operation,
      collection: others.length === 0 ? only : undefined,
      summary: this.#parts.length === 0 ? undefined : this.#parts.join(' '),
    };
  }

  #sign(sign: string, i: number): number {
    if (sign === '(') this.#levels.push(newLevel());
    else if (sign === ')' && this.#levels.length > 1) this.#levels.pop();
    else if (sign === ';') this.#levels = [newLevel()];
    else if (sign === ',' && this.#level.list) return this.#table(i + 1, true);
    return i;
  }

  /** Takes a word, and returns the index of the last token it took. */
  #word(word: string, i: number): number {
    const level = this.#level;
    const fresh = level.operation === undefined;
    switch (word) {
      case 'SELECT':
        this.#begin(word);
        return i;
      case 'FROM':
        // Not in `extract(year FROM x)`, whose level has no operation, nor `IS DISTINCT FROM`, nor `COPY t FROM`.
        if (fresh || level.operation === 'COPY' || this.#wordAt(i - 1) === 'DISTINCT') return i;
        level.list = true;
        return this.#table(i + 1, true);
      case 'JOIN':
        return fresh ? i : this.#table(i + 1, true);
      case 'INTO':
        return fresh ? i : this.#table(i + 1, false);
      case 'UPDATE':
      case 'COPY':
      case 'LOCK':
        // Not in `FOR UPDATE` or `ON CONFLICT DO UPDATE`.
        if (!fresh) return i;
        this.#begin(word);
        return this.#table(i + 1, false);
      case 'INSERT':
      case 'DELETE':
      case 'MERGE':
      case 'REPLACE':
        if (fresh && this.#signAt(i + 1) !== '(') this.#begin(word);
        return i;
      case 'CALL':
      case 'EXEC':
      case 'EXECUTE':
        if (!fresh) return i;
        this.#begin(word);
        return this.#procedure(i + 1);
      case 'EXPLAIN':
        if (fresh) this.#begin(word);
        level.operation = undefined;
        return i;
      case 'WITH':
        if (fresh) level.with = true;
        return i;
      case 'AS':
        if (level.with && fresh) this.#define(i);
        return i;
      default:
        if (fresh && CREATING.has(word)) return this.#create(word, i);
        // Only as the first word: the columns of a subquery may have such names.
        if (fresh && this.#levels.length === 1 && !level.with && PLAIN.has(word)) this.#begin(word);
        else if (ENDS_LIST.has(word)) level.list = false;
        return i;
    }
  }

  #begin(operation: string): void {
    const level = this.#level;
    level.operation = operation;
    level.list = false;
    this.#operation ??= operation;
    this.#add(operation);
  }

  /** The table that is named at `i`, if one is. `mayBeCall`: a name before a parenthesis is a function. */
  #table(start: number, mayBeCall: boolean): number {
    let i = start;
    while (BEFORE_NAME.has(this.#wordAt(i) ?? '')) i++;
    const end = this.#endOfPath(i);
    // Subqueries and parameters are looked at in their turn.
    if (end === i || (mayBeCall && this.#signAt(end) === '(')) return i - 1;
    const name = this.#nameOf(i, end);
    if (!this.#defined.has(name.toLowerCase())) {
      this.#collections.add(name);
      this.#add(quoteSpaces(name));
    }
    return end - 1;
  }

  #procedure(start: number): number {
    const end = this.#endOfPath(start);
    if (end > start) this.#add(quoteSpaces(this.#nameOf(start, end)));
    return end - 1;
  }

  /** `CREATE TEMPORARY TABLE IF NOT EXISTS t`: the operation, what it makes, and its name. */
  #create(operation: string, start: number): number {
    let i = start + 1;
    let object = operation === 'TRUNCATE' ? 'TABLE' : undefined;
    // A handful of words may stand between: OR REPLACE, UNIQUE, MATERIALIZED, GLOBAL TEMPORARY.
    for (let skipped = 0; object === undefined && skipped < 5; skipped++, i++) {
      const word = this.#wordAt(i);
      if (word === undefined) break;
      if (OBJECTS.has(word)) object = word;
    }
    this.#begin(operation);
    if (object === undefined) return start;
    if (operation !== 'TRUNCATE') this.#add(object);
    while (BEFORE_NAME.has(this.#wordAt(i) ?? '')) i++;
    const end = this.#endOfPath(i);
    if (end === i) return i - 1;
    const name = this.#nameOf(i, end);
    if (COLLECTIONS.has(object)) this.#collections.add(name);
    this.#add(quoteSpaces(name));
    return end - 1;
  }

  /** `name AS (…)` or `name (columns) AS (…)` behind WITH. */
  #define(as: number): void {
    let i = as - 1;
    if (this.#signAt(i) === ')') {
      while (i >= 0 && this.#signAt(i) !== '(') i--;
      i--;
    }
    const token = this.#tokens[i];
    if (token?.kind === 'word' || token?.kind === 'name') this.#defined.add(unquoted(token).toLowerCase());
  }

  /** Behind `a.b.c` that begins at `i`; `i` itself where no name does. */
  #endOfPath(start: number): number {
    let i = start;
    while (this.#isName(i)) {
      i++;
      if (this.#signAt(i) !== '.' || !this.#isName(i + 1)) break;
      i++;
    }
    return i;
  }

  #nameOf(start: number, end: number): string {
    let name = '';
    for (let i = start; i < end; i++) name += unquoted(this.#tokens[i]!);
    return name;
  }

  #add(part: string): void {
    const length = this.#length + part.length + (this.#parts.length === 0 ? 0 : 1);
    if (length > MAX_SUMMARY) {
      // Nothing after it either: a summary with a hole would be another statement's.
      this.#length = Infinity;
      return;
    }
    this.#length = length;
    this.#parts.push(part);
  }

  get #level(): Level {
    return this.#levels.at(-1)!;
  }

  #isName(i: number): boolean {
    const token = this.#tokens[i];
    if (token?.kind === 'word') return !RESERVED.has(token.text.toUpperCase());
    return token?.kind === 'name';
  }

  #wordAt(i: number): string | undefined {
    const token = this.#tokens[i];
    return token?.kind === 'word' ? token.text.toUpperCase() : undefined;
  }

  #signAt(i: number): string | undefined {
    const token = this.#tokens[i];
    return token?.kind === 'sign' ? token.text : undefined;
  }
}

/** Words that cannot be the name of a table, where one is expected. */
const RESERVED = new Set([
  'SELECT',
  'VALUES',
  'SET',
  'WHERE',
  'FROM',
  'UNNEST',
  'DEFAULT',
  'OUTFILE',
  'DUMPFILE',
]);

function newLevel(): Level {
  return { operation: undefined, list: false, with: false };
}

/** A name without its quotes. */
function unquoted({ kind, text }: Token): string {
  if (kind !== 'name') return text;
  const quote = text.at(-1)!;
  return text.slice(1, -1).replaceAll(quote + quote, quote);
}

function quoteSpaces(name: string): string {
  return /\s/.test(name) ? `"${name}"` : name;
}
