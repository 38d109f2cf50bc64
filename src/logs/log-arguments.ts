import { errorMessage } from './error-fields.js';
import type { Fields } from './log-call.js';
import { copySafely, isError, isPlain, readProperty, textOf, thrown } from './read-safely.js';

/** The two arguments of a log call, sorted out. Not for the plain cases, which the logger knows by itself. */
export interface LogArguments {
  message: string;
  fields: Fields | undefined;
}

/**
 * Makes sense of any message and anything besides it. An error goes under `err`, and gives the message where
 * there is none; an array, a Map, a Date and other values that are not fields go under `value`. Nothing given
 * is lost. A function in the place of the fields is asked for them, now that the line will be made. Fields without
 * a message may bring it as `msg`, as those who come from pino write it.
 */
export function sortArguments(message: unknown, rest: unknown): LogArguments {
  if (typeof rest === 'function') return sortArguments(message, called(rest as () => unknown));
  const fields = fieldsOf(rest);
  if (message !== undefined) return { message: textOf(message), fields };
  if (typeof rest !== 'object' || rest === null) {
    return { message: rest === undefined ? '' : textOf(rest), fields: undefined };
  }
  if (typeof fields?.msg === 'string') {
    const { msg, ...others } = fields;
    return { message: msg, fields: others };
  }
  // `logger.error(error)` and `logger.error({ err })` have the error's message.
  const error = isError(rest) ? rest : readProperty(rest, 'err');
  return { message: isError(error) ? errorMessage(error) : '', fields };
}

function called(make: () => unknown): unknown {
  try {
    return make();
  } catch (error) {
    return { value: thrown(error) };
  }
}

function fieldsOf(value: unknown): Fields | undefined {
  if (value === undefined || value === null) return undefined;
  if (isError(value)) return { err: value };
  if (isPlain(value)) return copySafely(value);
  try {
    // An instance of a class is its keys; what can be iterated or says itself what it is is a value.
    const { toJSON } = value as { toJSON?: unknown };
    if (
      typeof value === 'object' &&
      !(Symbol.iterator in value || ArrayBuffer.isView(value)) &&
      typeof toJSON !== 'function'
    ) {
      return copySafely(value);
    }
  } catch {
    // A Proxy.
  }
  return { value };
}
