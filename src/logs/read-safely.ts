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

/** A flat copy of an object's own enumerable properties; empty where they cannot be listed. */
export function copySafely(target: object): Record<string, unknown> {
  const copy = Object.create(null) as Record<string, unknown>;
  try {
    for (const key of Object.keys(target)) copy[key] = readProperty(target, key);
  } catch {
    // A Proxy that does not tell its keys.
  }
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

/** Whether the value is an object that is what its own keys say, as `{ orderId }` is. */
export function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false;
  try {
    const prototype: unknown = Object.getPrototypeOf(value);
    return prototype === Object.prototype || prototype === null;
  } catch {
    return false; // a Proxy
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

/** The name of an object's class. */
export function className(value: object): string {
  const owner = readProperty(value, 'constructor');
  return (typeof owner === 'function' && textOf(readProperty(owner, 'name'))) || 'Object';
}
