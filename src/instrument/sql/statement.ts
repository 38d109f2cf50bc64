import { dialectOf } from './dialect.js';
import { scan } from './scan.js';
import { type Summary, summarize } from './summary.js';

/** What is told of a statement. */
export interface Statement extends Summary {
  /** With `?` in place of every literal and without comments; at most 16,384 characters of the original. */
  readonly masked: string;
}

/** UTF-16 units of a statement that are looked at: bulk inserts may have megabytes. */
const MAX_LENGTH = 16_384;
/** Statements that are remembered, so that each is read once; none longer than this. */
const MAX_REMEMBERED = 1000;
const MAX_REMEMBERED_LENGTH = 4096;

/** Reads statements of one database; remembers those it has read. */
export function statementReader(system: string): (text: string) => Statement {
  const dialect = dialectOf(system);
  const remembered = new Map<string, Statement>();

  return function read(text) {
    const known = remembered.get(text);
    if (known !== undefined) return known;
    const whole = text.length <= MAX_LENGTH;
    const { masked, tokens } = scan(whole ? text : text.slice(0, MAX_LENGTH), dialect);
    const statement: Statement = { ...summarize(tokens), masked: whole ? masked : `${masked}…` };
    if (text.length <= MAX_REMEMBERED_LENGTH) {
      // The oldest gives way: statements with values in their text come once and must not fill the memory.
      if (remembered.size >= MAX_REMEMBERED) remembered.delete(remembered.keys().next().value!);
      remembered.set(text, statement);
    }
    return statement;
  };
}
