import { messageOf } from '../common/diagnostics.js';

/** Reading other people's objects: nothing here throws, whatever a getter, a Proxy or a method does. */

/** What stands in a line for a value that threw when it was read. */
export function thrown(error: unknown): string {
  return `[Throws: ${messageOf(error)}]`;
}

/** A property, or the text that says why it could not be read. */
export function readProperty(target: object, key: PropertyKey): unknown {
  try {
    return (target as Record<PropertyKey, unknown>)[key];
  } catch (error) {
    return thrown(error);
  }
}

/** A property, or `undefined` where reading it throws. */
export function tryProperty(target: object, key: PropertyKey): unknown {
  try {
    return (target as Record<PropertyKey, unknown>)[key];
  } catch {
    return undefined;
  }
}

/** Own enumerable string keys; none where they cannot be listed. */
export function keysOf(target: object): string[] {
  try {
    return Object.keys(target);
  } catch {
    return [];
  }
}

/** A flat copy of an object's own enumerable properties. */
export function copySafely(target: object): Record<string, unknown> {
  const copy = Object.create(null) as Record<string, unknown>;
  for (const key of keysOf(target)) copy[key] = readProperty(target, key);
  return copy;
}

/** `instanceof Error`, and errors of another realm; a revoked Proxy is none. */
export function isError(value: unknown): value is Error {
  try {
    return value instanceof Error || Object.prototype.toString.call(value) === '[object Error]';
  } catch {
    return false;
  }
}

/** `String(value)`, or a text that says why not. */
export function textOf(value: unknown): string {
  try {
    return String(value);
  } catch (error) {
    return thrown(error);
  }
}

/** Sets a property, one named `__proto__` too. */
export function define(record: object, key: string, value: unknown): void {
  if (key !== '__proto__') (record as Record<string, unknown>)[key] = value;
  else Object.defineProperty(record, key, { value, enumerable: true, writable: true, configurable: true });
}
