import { className, readProperty, textOf } from './read-safely.js';

/**
 * An error as plain fields: `type`, `message`, `stack`, its own enumerable properties (`code`, `statusCode`, …),
 * `errors` of an `AggregateError`, and `cause`. An own property named `type` becomes `type_`.
 */
export function errorFields(error: object): Record<string, unknown> {
  // Without a prototype, so that an own property named `__proto__` is a property like any other.
  const fields = Object.create(null) as Record<string, unknown>;
  const stack = readProperty(error, 'stack');
  fields.type = errorType(error);
  fields.message = errorMessage(error);
  fields.stack = typeof stack === 'string' ? stack : undefined;
  for (const key of [...Object.keys(error), 'errors', 'cause']) {
    const name = key === 'type' ? 'type_' : key;
    if (!(name in fields)) fields[name] = readProperty(error, key);
  }
  return fields;
}

/** `exception.type`: the name that the error gives itself, else the name of its class. */
export function errorType(error: object): string {
  const name = readProperty(error, 'name');
  return typeof name === 'string' && name !== '' && name !== 'Error' ? name : className(error, 'Error');
}

export function errorMessage(error: object): string {
  const message = readProperty(error, 'message');
  return message === undefined ? '' : textOf(message);
}
