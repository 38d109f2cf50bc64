import type { RequestLogger, RequestLogLevel } from '../signals.js';
import type { RequestRecord } from './record.js';

/** The fields of a request's log line, always in this order. */
class RequestFields {
  constructor(
    readonly method: string,
    readonly route: string | undefined,
    readonly path: string,
    readonly status: number,
    readonly duration_ms: number,
  ) {}
}

/** The fields of a request that ended in an error. */
class FailedRequestFields extends RequestFields {
  readonly err: unknown;

  constructor(record: RequestRecord, status: number, duration: number) {
    super(record.method, record.route, record.path, status, duration);
    this.err = record.error;
  }
}

/** Writes the line of a finished request: `GET /users/:id 200 12ms`, with what it says as fields too. */
export function logRequest(
  logger: RequestLogger,
  level: RequestLogLevel,
  record: RequestRecord,
  status: number,
  milliseconds: number,
): void {
  const { method, route, path } = record;
  const duration = Math.round(milliseconds * 1000) / 1000;
  const rounded = milliseconds < 10 ? Math.round(milliseconds * 10) / 10 : Math.round(milliseconds);
  const fields =
    record.error === undefined || status < 500
      ? new RequestFields(method, route, path, status, duration)
      : new FailedRequestFields(record, status, duration);
  logger[level](fields, `${method} ${route ?? path} ${status} ${rounded}ms`);
}
