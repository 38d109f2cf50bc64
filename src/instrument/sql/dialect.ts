/** Where the languages of databases differ in what is a literal and what is a name. */
export interface Dialect {
  /** Whether a backslash in a text takes the meaning from what follows it. */
  readonly backslash: boolean;
  /** Whether double quotes stand around texts and not around names. */
  readonly doubleQuotedText: boolean;
  /** Whether brackets stand around names. */
  readonly brackets: boolean;
  /** Whether `$tag$ … $tag$` is a text, `E'…'` one with backslashes, and comments nest. */
  readonly dollarQuotes: boolean;
  /** Whether `#` begins a comment. */
  readonly hashComments: boolean;
}

const STANDARD: Dialect = {
  backslash: false,
  doubleQuotedText: false,
  brackets: false,
  dollarQuotes: false,
  hashComments: false,
};
const POSTGRES: Dialect = { ...STANDARD, dollarQuotes: true };
const MYSQL: Dialect = { ...STANDARD, backslash: true, doubleQuotedText: true, hashComments: true };
const SQL_SERVER: Dialect = { ...STANDARD, brackets: true };

/** The dialect of a `db.system.name`; what is not known is taken for standard SQL. */
export function dialectOf(system: string): Dialect {
  switch (system) {
    case 'postgresql':
    case 'cockroachdb':
    case 'aws.redshift':
    case 'yugabytedb':
    case 'duckdb':
      return POSTGRES;
    case 'mysql':
    case 'mariadb':
    case 'tidb':
      return MYSQL;
    case 'clickhouse':
    case 'gcp.bigquery':
      return { ...MYSQL, doubleQuotedText: system !== 'clickhouse' };
    case 'microsoft.sql_server':
      return SQL_SERVER;
    default:
      return STANDARD;
  }
}
