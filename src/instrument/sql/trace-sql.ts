import { errorMonitor } from 'node:events';
import { invalidOption, TelltaleError } from '../../common/errors.js';
import { checkArray, checkFunction, checkOptions } from '../../common/options.js';
import type { HttpSignals } from '../signals.js';
import {
  checkDatabase,
  DATABASE_OPTIONS,
  SQL_OPTIONS,
  type SqlDatabase,
  type SqlOptions,
  sqlSettings,
} from './options.js';
import { type RowCounts, type SqlCall, SqlRecorder } from './recorder.js';

export interface SqlTracerOptions extends SqlOptions, SqlDatabase {
  /** Counts the rows of an answer. Default: the length of an array, of its `rows`, or of what MySQL gives. */
  rows?: (result: unknown) => RowCounts;
}

export interface TraceSqlOptions<Client> extends SqlTracerOptions {
  /** The methods that take a statement first. Default: `query` and `execute`, those that are there. */
  methods?: readonly (keyof Client & string)[];
}

/** Runs what asks the database, in a span of the statement. */
export type SqlTracer = <R>(statement: string, ask: () => R) => R;

const TRACER_OPTIONS: readonly string[] = [...SQL_OPTIONS, ...DATABASE_OPTIONS, 'rows'];

/**
 * For any way of asking a database: a function that puts a CLIENT span around a call, with the operation, the
 * table and the text of the statement, its literals masked, and measures it as
 * `db_client_operation_duration_seconds`. The span ends when the call returns, or its promise has settled.
 *
 * ```ts
 * const sql = sqlTracer(telemetry, { system: 'sqlite', namespace: 'shop' });
 * const text = 'SELECT * FROM orders WHERE id = ?';
 * const order = sql(text, () => db.prepare(text).get(id));
 * ```
 *
 * @throws TelltaleError when an option is wrong.
 */
export function sqlTracer(telemetry: HttpSignals, options: SqlTracerOptions): SqlTracer {
  const { recorder, database, rowsOf } = prepare('sqlTracer', telemetry, options, []);
  return function sql(statement, ask) {
    const call = recorder.start(textOf(statement), database);
    return call === undefined ? ask() : follow(recorder, call, rowsOf, ask);
  };
}

/**
 * Puts spans around the methods of a database client that take a statement and answer by a promise, a callback, at
 * once, or by events. Only this object is changed; it is returned.
 *
 * ```ts
 * const connection = traceSql(await mysql.createConnection(uri), telemetry, { system: 'mysql' });
 * ```
 *
 * The statement is the method's first argument: a text, an object with `sql` or `text`, or a template. A client
 * whose queries begin only when somebody waits for them (Knex, postgres.js) needs `sqlTracer`.
 *
 * @throws TelltaleError when an option is wrong, or the client has none of the methods.
 */
export function traceSql<Client extends object>(
  client: Client,
  telemetry: HttpSignals,
  options: TraceSqlOptions<Client>,
): Client {
  const owner = 'traceSql';
  if (client === null || typeof client !== 'object') {
    throw invalidOption(owner, 'client', client, 'a database client');
  }
  const { recorder, database, rowsOf } = prepare(owner, telemetry, options, ['methods']);
  const target = client as Record<string, unknown>;
  const asked = checkArray(owner, 'methods', options.methods, (method, path) => {
    if (typeof target[method] !== 'function')
      throw invalidOption(owner, path, method, 'a method of the client');
  });
  const methods =
    asked.length > 0 ? asked : DEFAULT_METHODS.filter((name) => typeof target[name] === 'function');
  if (methods.length === 0) {
    throw new TelltaleError(
      `${owner}: the client has neither query nor execute; name its methods in the option methods`,
      'methods',
    );
  }
  for (const method of methods) {
    const original = target[method] as (...args: unknown[]) => unknown;
    target[method] = function traced(this: unknown, ...args: unknown[]): unknown {
      const call = recorder.start(textOf(args[0]), database);
      if (call === undefined) return original.apply(this, args);
      const last = args.length - 1;
      const callback = args[last];
      if (last > 0 && typeof callback === 'function') {
        args[last] = recorder.bound(call.caller, (error: unknown, result: unknown, ...more: unknown[]) => {
          if (error) recorder.failed(call, error);
          else recorder.succeeded(call, result, rowsOf);
          return callback.call(this, error, result, ...more);
        });
        return started(recorder, call, () => original.apply(this, args));
      }
      return follow(recorder, call, rowsOf, () => original.apply(this, args));
    };
  }
  return client;
}

const DEFAULT_METHODS = ['query', 'execute'];

function prepare(
  owner: string,
  telemetry: HttpSignals,
  options: SqlTracerOptions,
  further: readonly string[],
): { recorder: SqlRecorder; database: SqlDatabase; rowsOf: (result: unknown) => RowCounts } {
  const known = [...TRACER_OPTIONS, ...further];
  checkOptions(owner, options, known as never[]);
  const database = checkDatabase(owner, options ?? ({} as SqlTracerOptions));
  const settings = sqlSettings(owner, options, known);
  const rowsOf = checkFunction(owner, 'rows', options.rows) ?? countRows;
  return { recorder: new SqlRecorder(owner, database.system, telemetry, settings), database, rowsOf };
}

/** Asks, and ends the call with the answer, however it comes. */
function follow<R>(
  recorder: SqlRecorder,
  call: SqlCall,
  rowsOf: (result: unknown) => RowCounts,
  ask: () => R,
): R {
  const result = started(recorder, call, ask);
  if (result instanceof Promise) {
    return result.then(
      (value: unknown) => {
        recorder.succeeded(call, value, rowsOf);
        return value;
      },
      (error: unknown) => {
        recorder.failed(call, error);
        throw error;
      },
    ) as R;
  }
  if (isEmitter(result)) followEvents(recorder, call, result);
  else recorder.succeeded(call, result, rowsOf);
  return result;
}

/** Asks with the span current; what is thrown at once has failed. */
export function started<R>(recorder: SqlRecorder, call: SqlCall, ask: () => R): R {
  try {
    return recorder.within(call, ask);
  } catch (error) {
    recorder.failed(call, error);
    throw error;
  }
}

interface Emitter {
  once(event: string | symbol, listener: (...args: unknown[]) => void): unknown;
}

/** A query that tells of its rows by events, or is read as a stream. */
export function followEvents(recorder: SqlRecorder, call: SqlCall, query: Emitter): void {
  const done = () => recorder.succeeded(call, undefined, () => ({}));
  // Unlike 'error', this does not make an error handled that the user has not handled.
  query.once(errorMonitor, (error) => {
    // Who leaves a `for await` over a stream early breaks it off so: enough was read, nothing went wrong.
    if ((error as { code?: unknown } | null)?.code === 'ABORT_ERR') done();
    else recorder.failed(call, error);
  });
  query.once('end', done);
  query.once('close', done);
}

export function isEmitter(value: unknown): value is Emitter {
  return (
    value !== null && typeof value === 'object' && typeof (value as Partial<Emitter>).once === 'function'
  );
}

/** The text of a statement: a string, `{ sql }`, `{ text }`, or the pieces of a template. */
export function textOf(statement: unknown): string {
  try {
    if (typeof statement === 'string') return statement;
    if (Array.isArray(statement)) return statement.join('?');
    const { sql, text } = statement as { sql?: unknown; text?: unknown };
    if (typeof sql === 'string') return sql;
    return typeof text === 'string' ? text : '';
  } catch {
    return '';
  }
}

/** `rows`, `[rows, fields]`, `{ rows }`, or MySQL's `{ affectedRows }`. */
function countRows(result: unknown): RowCounts {
  if (result === null || typeof result !== 'object') return {};
  if (Array.isArray(result)) {
    const [first, fields] = result as unknown[];
    // mysql2 by promise: the rows, and what their columns are.
    const isPair = result.length === 2 && (fields === undefined || isFields(fields));
    if (isPair && first !== null && typeof first === 'object' && isAnswer(first)) return countRows(first);
    return { returned: result.length };
  }
  const { rows, affectedRows, changes } = result as Record<string, unknown>;
  if (Array.isArray(rows)) return { returned: rows.length };
  const affected = affectedRows ?? changes;
  return typeof affected === 'number' ? { affected } : {};
}

function isAnswer(first: object): boolean {
  return Array.isArray(first) || 'affectedRows' in first;
}

function isFields(fields: unknown): boolean {
  return (
    Array.isArray(fields) &&
    fields.every((field) => typeof field === 'object' && field !== null && 'name' in field)
  );
}
