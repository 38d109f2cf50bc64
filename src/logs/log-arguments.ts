import { errorMessage } from './error-fields.js';
import type { Fields } from './line-format.js';
import { isError, textOf, tryProperty } from './read-safely.js';

/** The two arguments of a log call, sorted out. Not for the plain cases, which the logger knows by itself. */
export interface LogArguments {
  message: string;
  fields: Fields | undefined;
}

/**
 * Makes sense of any two arguments. An error goes under `err`, and gives the message where there is none;
 * an array, a Map, a Date and other values that are not fields go under `value`. Nothing given is lost.
 */
export function sortArguments(first: unknown, second: unknown): LogArguments {
  if (typeof first === 'string') return { message: first, fields: fieldsOf(second) };
  if (second === undefined) {
    if (first === undefined) return { message: '', fields: undefined };
    if (typeof first !== 'object' || first === null) return { message: textOf(first), fields: undefined };
    return { message: isError(first) ? errorMessage(first) : nestedMessage(first), fields: fieldsOf(first) };
  }
  return { message: textOf(second), fields: fieldsOf(first) };
}

/** Whether the value is an object whose own keys are the fields, as `{ orderId }` is. */
export function isPlainFields(value: unknown): value is Fields {
  if (typeof value !== 'object' || value === null) return false;
  try {
    const prototype: unknown = Object.getPrototypeOf(value);
    return prototype === Object.prototype || prototype === null;
  } catch {
    return false; // a Proxy
  }
}

function fieldsOf(value: unknown): Fields | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'object') return { value };
  if (isError(value)) return { err: value };
  try {
    if (isPlainFields(value)) return value;
    const known =
      Array.isArray(value) || ArrayBuffer.isView(value) || Symbol.iterator in value || value instanceof Date;
    if (known || typeof tryProperty(value, 'toJSON') === 'function') return { value };
  } catch {
    return { value }; // a Proxy that answers nothing
  }
  return value as Fields;
}

/** `logger.error({ err })` has the error's message. */
function nestedMessage(fields: object): string {
  const error = tryProperty(fields, 'err');
  return isError(error) ? errorMessage(error) : '';
}
