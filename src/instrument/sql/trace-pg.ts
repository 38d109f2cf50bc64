import { checkMethods } from '../../common/options.js';
import type { HttpSignals } from '../signals.js';
import { type SqlDatabase, type SqlOptions, sqlSettings } from './options.js';
import { type RowCounts, type SqlCall, SqlRecorder } from './recorder.js';
import { followEvents, isEmitter, started, textOf } from './trace-sql.js';

/** Options of `tracePg`. */
export type TracePgOptions = SqlOptions;

type Query = (...args: unknown[]) => unknown;
type Callback = (...args: unknown[]) => unknown;

/** A client or a pool of `pg`, as far as it matters here. */
export interface PgLike {
  query: (...args: never[]) => unknown;
  connect: (...args: never[]) => unknown;
}

/** What tells a pool from a client. */
interface PoolParts {
  readonly totalCount?: number;
}

/** Where a client is connected to. */
interface ClientParts {
  readonly host?: unknown;
  readonly port?: unknown;
  readonly database?: unknown;
}

/** Registered, so that the ESM and the CJS copy of telltale see what is traced already. */
const TRACED = /* @__PURE__ */ Symbol.for('telltale.sql.traced.1');

/**
 * Puts a CLIENT span around each statement of a `pg` client, or of all clients of a pool: named by what it does
 * (`SELECT orders`), with the text, literals masked, the rows and the error; and measures it as
 * `db_client_operation_duration_seconds`. Promises, callbacks, prepared statements, cursors and streams are
 * covered. Only this object and the pool's clients are changed; it is returned.
 *
 * ```ts
 * const pool = tracePg(new pg.Pool(), telemetry);
 * await pool.query('SELECT * FROM orders WHERE id = $1', [id]);
 * ```
 *
 * A span covers the statement alone; waiting for a free client is the gap before it. Where a pool cannot connect,
 * the statement that waited for it has a span that says so.
 *
 * @throws TelltaleError when an option is wrong.
 */
export function tracePg<Client extends PgLike>(
  client: Client,
  telemetry: HttpSignals,
  options?: TracePgOptions,
): Client {
  const owner = 'tracePg';
  checkMethods(owner, 'client', client as PgLike, ['query', 'connect']);
  const recorder = new SqlRecorder(owner, 'postgresql', telemetry, sqlSettings(owner, options));
  if ((client as PoolParts).totalCount === undefined) traceClient(recorder, client);
  else tracePool(recorder, client);
  return client;
}

function tracePool(recorder: SqlRecorder, pool: PgLike & { options?: ClientParts }): void {
  if (mark(pool)) return;
  const query = pool.query as Query;
  const connect = pool.connect as Query;
  /** The statement for which the pool is looking for a client just now. */
  let waiting: { text: string; since: number } | undefined;

  pool.query = function tracedQuery(this: unknown, ...args: unknown[]): unknown {
    waiting = { text: textOf(args[0]), since: recorder.now() };
    try {
      return query.apply(this, args);
    } finally {
      waiting = undefined;
    }
  } as PgLike['query'];

  pool.connect = function tracedConnect(this: unknown, ...args: unknown[]): unknown {
    const statement = waiting;
    waiting = undefined;
    const [callback] = args;
    if (typeof callback !== 'function') {
      return (connect.apply(this, args) as Promise<PgLike>).then((client) => {
        traceClient(recorder, client);
        return client;
      });
    }
    const caller = recorder.active();
    // A pool calls back from wherever a client has become free.
    args[0] = recorder.bound(caller, (error: unknown, client: unknown, release: unknown) => {
      if (client) traceClient(recorder, client as PgLike);
      else if (statement !== undefined) {
        const call = recorder.start(statement.text, databaseOf(pool.options ?? {}), statement.since);
        if (call !== undefined) recorder.failed(call, error);
      }
      return callback(error, client, release);
    });
    return connect.apply(this, args);
  } as PgLike['connect'];
}

function traceClient(recorder: SqlRecorder, client: PgLike & ClientParts): void {
  if (mark(client)) return;
  const query = client.query as Query;
  client.query = function tracedQuery(this: unknown, ...args: unknown[]): unknown {
    const call = recorder.start(statementText(args[0]), databaseOf(client));
    if (call === undefined) return query.apply(this, args);
    return ask(recorder, call, args, () => query.apply(this, args));
  } as PgLike['query'];
}

/** Asks; `args` are those of the call, in which a callback is replaced. */
function ask(recorder: SqlRecorder, call: SqlCall, args: unknown[], query: () => unknown): unknown {
  const [config] = args;
  if (isSubmittable(config)) {
    // A cursor, a stream or a query of the user's own: it tells of its end by events, and of an error by its
    // callback where it has one.
    const given = callbackOf(config);
    if (given !== undefined) (config as { callback: Callback }).callback = answering(recorder, call, given);
    if (isEmitter(config)) followEvents(recorder, call, config);
    const result = started(recorder, call, query);
    if (!isEmitter(config) && given === undefined) recorder.succeeded(call, undefined, () => ({}));
    return result;
  }
  const at = args.findIndex((argument) => typeof argument === 'function');
  const given = at === -1 ? callbackOf(config) : (args[at] as Callback);
  if (given !== undefined) {
    const callback = answering(recorder, call, given);
    if (at !== -1) args[at] = callback;
    else args[0] = Object.assign(Object.create(Object.getPrototypeOf(config)), config, { callback });
    return started(recorder, call, query);
  }
  const answer = started(recorder, call, query);
  // `pg` lets users bring a promise class of their own.
  if (typeof (answer as Partial<Promise<unknown>> | undefined)?.then !== 'function') return answer;
  return (answer as Promise<unknown>).then(
    (result) => {
      recorder.succeeded(call, result, countRows);
      return result;
    },
    (error: unknown) => {
      recorder.failed(call, error);
      throw error;
    },
  );
}

/** A callback that ends the call, and then calls the user's where the statement was given. */
function answering(recorder: SqlRecorder, call: SqlCall, given: Callback): Callback {
  return recorder.bound(call.caller, function answer(this: unknown, error: unknown, result: unknown) {
    if (error) recorder.failed(call, error);
    else recorder.succeeded(call, result, countRows);
    return given.call(this, error, result);
  });
}

/** Says whether an object was traced before, and that it is now. */
function mark(object: object): boolean {
  if (TRACED in object) return true;
  Object.defineProperty(object, TRACED, { value: true });
  return false;
}

function isSubmittable(config: unknown): boolean {
  return typeof (config as { submit?: unknown } | null | undefined)?.submit === 'function';
}

function callbackOf(config: unknown): Callback | undefined {
  const callback = (config as { callback?: unknown } | null | undefined)?.callback;
  return typeof callback === 'function' ? (callback as Callback) : undefined;
}

/** The text of what `query` was given; a stream keeps it in its cursor. */
function statementText(config: unknown): string {
  const text = textOf(config);
  return text === '' ? textOf((config as { cursor?: unknown } | null | undefined)?.cursor) : text;
}

function databaseOf({ host, port, database }: ClientParts): SqlDatabase {
  return {
    system: 'postgresql',
    ...(typeof database === 'string' && database !== '' && { namespace: database }),
    ...(typeof host === 'string' && host !== '' && { address: host }),
    ...(typeof port === 'number' && { port }),
  };
}

interface PgResult {
  readonly command?: unknown;
  readonly rowCount?: unknown;
  readonly rows?: unknown;
}

/** Several statements in one text have several results. */
function countRows(result: unknown): RowCounts {
  let returned: number | undefined;
  let affected: number | undefined;
  for (const { command, rowCount, rows } of (Array.isArray(result) ? result : [result]) as PgResult[]) {
    const count = Array.isArray(rows) ? rows.length : 0;
    if (command === 'SELECT' || command === 'SHOW' || count > 0) returned = (returned ?? 0) + count;
    if (CHANGING.includes(command) && typeof rowCount === 'number') affected = (affected ?? 0) + rowCount;
  }
  return { returned, affected };
}

const CHANGING: readonly unknown[] = ['INSERT', 'UPDATE', 'DELETE', 'MERGE', 'COPY'];
