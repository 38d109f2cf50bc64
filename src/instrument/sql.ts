/** Statements of SQL databases: `pg`, and any other client. */

export type { IgnoreRules } from './ignore.js';
export type { HttpSignals, RequestLogger, RequestLogLevel } from './signals.js';
export type { SqlDatabase, SqlOptions, SqlStatement } from './sql/options.js';
export type { RowCounts } from './sql/recorder.js';
export { type PgLike, type TracePgOptions, tracePg } from './sql/trace-pg.js';
export {
  type SqlTracer,
  type SqlTracerOptions,
  sqlTracer,
  type TraceSqlOptions,
  traceSql,
} from './sql/trace-sql.js';
