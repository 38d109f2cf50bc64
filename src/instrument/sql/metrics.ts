import { Histogram } from '../../metrics/histogram.js';
import type { Registry } from '../../metrics/registry.js';
import type { SqlDatabase, SqlStatement } from './options.js';

/** Seconds; the boundaries that the semantic conventions advise for databases. */
const BUCKETS = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10];

/** `db_client_operation_duration_seconds`, by operation, table, outcome and database. */
export function sqlDuration(
  registry: Registry,
): (
  database: SqlDatabase,
  statement: SqlStatement,
  failure: { code?: string; type: string } | undefined,
  seconds: number,
) => void {
  const duration = registry.getOrCreate(Histogram, {
    name: 'db_client_operation_duration_seconds',
    help: 'Time that statements took at the database, in seconds.',
    labelNames: [
      'db_system_name',
      'db_namespace',
      'db_operation_name',
      'db_collection_name',
      'db_response_status_code',
      'error_type',
      'server_address',
      'server_port',
    ],
    buckets: BUCKETS,
  });
  return (database, statement, failure, seconds) =>
    duration
      .labels({
        db_system_name: database.system,
        db_namespace: database.namespace,
        db_operation_name: statement.operation,
        db_collection_name: statement.collection,
        db_response_status_code: failure?.code,
        error_type: failure?.type,
        server_address: database.address,
        server_port: database.port,
      })
      .observe(seconds);
}
