import { className, readProperty, textOf } from './read-safely.js';

/**
 * An error as plain fields: `type`, `message`, `stack`, its own enumerable properties (`code`, `statusCode`, …),
 * `errors` of an `AggregateError`, and `cause`. An own property named `type` becomes `type_`.
 */
export function errorFields(error: object): Record<string, unknown> {
  const stack = readProperty(error, 'stack');
  const fields: Record<string, unknown> = {
    type: errorType(error),
    message: errorMessage(error),
    stack: typeof stack === 'string' ? stack : undefined,
  };
  for (const key of [...Object.keys(error), 'errors', 'cause']) {
    const name = key === 'type' ? 'type_' : key;
    if (!Object.hasOwn(fields, name)) fields[name] = readProperty(error, key);
  }
  return fields;
}

/** `exception.type`: the name that the error gives itself, else the name of its class. */
export function errorType(error: object): string {
  const name = readProperty(error, 'name');
  return typeof name === 'string' && name !== '' && name !== 'Error' ? name : className(error);
}

export function errorMessage(error: object): string {
  const message = readProperty(error, 'message');
  return message === undefined ? '' : textOf(message);
}
