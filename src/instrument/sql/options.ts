import type { Span } from '@opentelemetry/api';
import { checkFunction, checkInteger, checkOneOf, checkOptions, checkString } from '../../common/options.js';
import type { IgnoreRules } from '../ignore.js';

/** A statement, as hooks and ignore rules see it. */
export interface SqlStatement {
  /** As it was given to the database. */
  readonly text: string;
  /** `SELECT`, `INSERT`, …; undefined where the statement could not be read. */
  readonly operation: string | undefined;
  /** The table, where there is exactly one. */
  readonly collection: string | undefined;
  /** Operations and tables: `SELECT orders customers`. */
  readonly summary: string | undefined;
}

/** Options that every SQL instrumentation takes. */
export interface SqlOptions {
  /**
   * What is told of the text of statements, as `db.query.text`: `masked`, with `?` in place of every literal and
   * without comments; `full`, as it is; `none`. Default `masked`.
   */
  text?: 'masked' | 'full' | 'none';
  /**
   * Statements of which nothing is told: summaries (`BEGIN`, `SELECT pg_stat_activity`), summaries that end in `*`
   * (`SELECT pg_*`), or functions. Default: none.
   */
  ignore?: IgnoreRules<SqlStatement>;
  /** Called when the span of a statement was started. */
  onStatement?: (span: Span, statement: SqlStatement) => void;
  /** Called with what the database answered, before the span ends. */
  onResult?: (span: Span, result: unknown) => void;
}

export const SQL_OPTIONS: readonly (keyof SqlOptions)[] = ['text', 'ignore', 'onStatement', 'onResult'];

/** Which database is asked. */
export interface SqlDatabase {
  /** `db.system.name`: `postgresql`, `mysql`, `mariadb`, `sqlite`, `microsoft.sql_server`, `oracle.db`, … */
  system: string;
  /** `db.namespace`: the name of the database. */
  namespace?: string;
  /** `server.address`: the host that it runs on. */
  address?: string;
  /** `server.port`. */
  port?: number;
}

export const DATABASE_OPTIONS: readonly (keyof SqlDatabase)[] = ['system', 'namespace', 'address', 'port'];

export interface SqlSettings {
  readonly text: 'masked' | 'full' | 'none';
  readonly ignore: SqlOptions['ignore'];
  readonly onStatement: SqlOptions['onStatement'];
  readonly onResult: SqlOptions['onResult'];
}

/** The options, checked, with defaults filled in; `further` are those of the caller, who checks them. */
export function sqlSettings(
  owner: string,
  options: SqlOptions | undefined,
  further: readonly string[] = [],
): SqlSettings {
  const given = checkOptions(owner, options, [...SQL_OPTIONS, ...(further as never[])]);
  return {
    text: checkOneOf(owner, 'text', given.text, 'masked', ['masked', 'full', 'none']),
    ignore: given.ignore,
    onStatement: checkFunction(owner, 'onStatement', given.onStatement),
    onResult: checkFunction(owner, 'onResult', given.onResult),
  };
}

export function checkDatabase(owner: string, { system, namespace, address, port }: SqlDatabase): SqlDatabase {
  checkString(owner, 'system', system ?? (null as never), '');
  checkString(owner, 'namespace', namespace, '-');
  checkString(owner, 'address', address, '-');
  checkInteger(owner, 'port', port, 1, { min: 1, max: 65_535 });
  return {
    system,
    ...(namespace === undefined ? {} : { namespace }),
    ...(address === undefined ? {} : { address }),
    ...(port === undefined ? {} : { port }),
  };
}
