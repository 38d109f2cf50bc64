/** Where in a query something stands: offsets in UTF-16 units, the end not included. */
export interface Position {
  readonly start: number;
  readonly end: number;
}

/** What went wrong with a query, in the words of Prometheus's HTTP API. */
export type QueryErrorType =
  | 'bad_data'
  | 'execution'
  | 'timeout'
  | 'canceled'
  | 'unavailable'
  | 'not_found'
  | 'internal';

/** The error of a query that could not be answered. `type` is that of Prometheus's HTTP API. */
export class QueryError extends Error {
  override readonly name: string = 'QueryError';
  readonly type: QueryErrorType;

  constructor(type: QueryErrorType, message: string, options?: ErrorOptions) {
    super(message, options);
    this.type = type;
  }
}

/** A query that is not PromQL: what is wrong with it, and where. */
export class PromqlParseError extends QueryError {
  override readonly name = 'PromqlParseError';
  readonly position: Position;
  /** The reason alone, without line and column. */
  readonly reason: string;
  /** Line of the error, from 1. */
  readonly line: number;
  /** Column of the error in its line, from 1. */
  readonly column: number;

  constructor(query: string, position: Position, reason: string) {
    const { line, column } = lineAndColumn(query, position.start);
    super('bad_data', `${line}:${column}: parse error: ${reason}`);
    this.position = position;
    this.reason = reason;
    this.line = line;
    this.column = column;
  }
}

/** The line and column, both from 1, of an offset into a text. */
export function lineAndColumn(text: string, offset: number): { line: number; column: number } {
  let line = 1;
  let lineStart = 0;
  for (let i = text.indexOf('\n'); i !== -1 && i < offset; i = text.indexOf('\n', i + 1)) {
    line++;
    lineStart = i + 1;
  }
  return { line, column: offset - lineStart + 1 };
}
