import { define, keysOf, readProperty, textOf, tryProperty } from './read-safely.js';

/** The keys that every error in a line has, or may have; an own property of such a name is moved. */
const ERROR_KEYS = /* @__PURE__ */ new Set(['type', 'message', 'stack', 'cause', 'errors']);

/**
 * An error as plain fields: `type`, `message`, `stack`, its own enumerable properties (`code`, `statusCode`, …),
 * `errors` of an `AggregateError`, and `cause`. An own property named `type` becomes `type_`, and so on.
 */
export function errorFields(error: object): Record<string, unknown> {
  const fields: Record<string, unknown> = { type: errorType(error), message: errorMessage(error) };
  const stack = tryProperty(error, 'stack');
  if (typeof stack === 'string') fields.stack = stack;
  for (const key of keysOf(error)) {
    if (!ERROR_KEYS.has(key)) define(fields, key, readProperty(error, key));
    else if (key === 'type') fields.type_ = readProperty(error, key);
  }
  const errors = tryProperty(error, 'errors');
  if (errors !== undefined) fields.errors = errors;
  const cause = tryProperty(error, 'cause');
  if (cause !== undefined) fields.cause = cause;
  return fields;
}

/** `exception.type`: the name that the error gives itself, else the name of its class. */
export function errorType(error: object): string {
  const name = tryProperty(error, 'name');
  if (typeof name === 'string' && name !== '' && name !== 'Error') return name;
  const owner = tryProperty(error, 'constructor');
  const className = typeof owner === 'function' ? tryProperty(owner, 'name') : undefined;
  return typeof className === 'string' && className !== '' ? className : 'Error';
}

export function errorMessage(error: object): string {
  const message = tryProperty(error, 'message');
  return typeof message === 'string' ? message : message === undefined ? '' : textOf(message);
}
