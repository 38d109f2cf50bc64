import type { LogCall } from '../log-call.js';
import { LogRecord } from '../log-record.js';
import type { AnyValue, LogAttributes } from '../readable-log-record.js';

/** An error as a record of the line's limits: what every format shows in its own way. */
export interface ErrorParts {
  readonly type: string;
  readonly message: string;
  readonly stack: string;
  /** Everything else: own properties, `cause`, `errors`. */
  readonly rest: Readonly<Record<string, AnyValue>>;
}

/** What a line says besides its message, copied and within the limits of a line. */
export interface CallParts {
  /** ISO 8601, in UTC. */
  readonly time: string;
  readonly name: string;
  readonly error: ErrorParts | undefined;
  readonly fields: LogAttributes;
}

export function callParts(call: LogCall): CallParts {
  const {
    'exception.type': type,
    'exception.message': message,
    'exception.stacktrace': stack,
    err,
    ...fields
  } = new LogRecord(call).attributes;
  const isError = typeof type === 'string' && typeof message === 'string' && typeof stack === 'string';
  const rest = isError && typeof err === 'object' && err !== null && !Array.isArray(err) ? err : undefined;
  if (err !== undefined && rest === undefined) fields.err = err;
  return {
    // What no date can say is its first moment.
    time: new Date(+new Date(call.now) || 0).toISOString(),
    name: call.source.instrumentationScope.name,
    error: isError
      ? { type, message, stack, rest: (rest ?? {}) as Readonly<Record<string, AnyValue>> }
      : undefined,
    fields,
  };
}

/** The error that a record says, where it is one. */
export function errorParts(value: AnyValue): ErrorParts | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || value instanceof Uint8Array) {
    return undefined;
  }
  const { type, message, stack, ...rest } = value;
  if (typeof type !== 'string' || typeof message !== 'string' || typeof stack !== 'string') return undefined;
  return { type, message, stack, rest };
}
