import type { RequestLogger, RequestLogLevel } from '../signals.js';
import type { RequestRecord } from './record.js';

/** Writes the line of a finished request: `GET /users/:id 200 12ms`, with what it says as fields too. */
export function logRequest(
  logger: RequestLogger,
  level: RequestLogLevel,
  record: RequestRecord,
  status: number,
  milliseconds: number,
): void {
  const { method, route, path, error } = record;
  const duration_ms = Math.round(milliseconds * 1000) / 1000;
  const rounded = milliseconds < 10 ? Math.round(milliseconds * 10) / 10 : Math.round(milliseconds);
  const message = `${method} ${route ?? path} ${status} ${rounded}ms`;
  if (error === undefined || status < 500) {
    logger[level]({ method, route, path, status, duration_ms }, message);
  } else {
    logger[level]({ method, route, path, status, duration_ms, err: error }, message);
  }
}
