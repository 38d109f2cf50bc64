import type { RequestLogger, RequestLogLevel } from '../signals.js';
import type { RequestRecord } from './record.js';

/** Writes the line of a finished request: a message such as `GET /users/:id 200 12ms`, and what it says as fields. */
export function logRequest(
  logger: RequestLogger,
  level: RequestLogLevel,
  record: RequestRecord,
  message: string,
  status: number,
  milliseconds: number,
): void {
  const { method, route, path, error } = record;
  const duration_ms = Math.round(milliseconds * 1000) / 1000;
  if (error === undefined || status < 500) {
    logger[level]({ method, route, path, status, duration_ms }, message);
  } else {
    logger[level]({ method, route, path, status, duration_ms, err: error }, message);
  }
}
