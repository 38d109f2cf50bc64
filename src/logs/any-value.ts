import { errorFields } from './error-fields.js';
import { cutText, MAX_DEPTH, MAX_WIDTH } from './limits.js';
import { isError, isPlain, readProperty, thrown } from './read-safely.js';
import type { AnyValue } from './readable-log-record.js';
import { stringify } from './stringify.js';

/** Objects and arrays in one value, so that wide and deep do not multiply. */
const MAX_VALUES = 10_000;

interface State {
  values: number;
  readonly inside: object[];
}

/**
 * A copy of any value as OpenTelemetry's `AnyValue`: plain objects, arrays, errors and bytes keep their shape,
 * everything else is what the line says for it. Never throws; the copy shares nothing with what was given.
 */
export function anyValueOf(value: unknown): AnyValue {
  return copy(value, { values: 0, inside: [] });
}

function copy(value: unknown, state: State): AnyValue {
  switch (typeof value) {
    case 'string':
      return cutText(value);
    case 'number':
    case 'boolean':
    case 'undefined':
      return value;
    case 'object':
      return value === null ? null : copyObject(value, state);
    default:
      return JSON.parse(stringify(value)) as AnyValue;
  }
}

function copyObject(value: object, state: State): AnyValue {
  if (++state.values > MAX_VALUES) return '[Truncated]';
  if (state.inside.includes(value)) return '[Circular]';
  state.inside.push(value);
  try {
    if (state.inside.length <= MAX_DEPTH) {
      if (isError(value)) return copyRecord(errorFields(value), state);
      if (value instanceof Uint8Array) return Uint8Array.from(value);
      if (Array.isArray(value)) return copyArray(value, state);
      if (isRecord(value)) return copyRecord(value, state);
    }
    return JSON.parse(stringify(value)) as AnyValue;
  } catch (error) {
    return thrown(error);
  } finally {
    state.inside.pop();
  }
}

function copyRecord(value: object, state: State): AnyValue {
  const record: { [key: string]: AnyValue } = {};
  for (const key of keysOf(value).slice(0, MAX_WIDTH)) {
    const member = readProperty(value, key);
    if (member !== undefined) define(record, key, copy(member, state));
  }
  return record;
}

function copyArray(array: readonly unknown[], state: State): AnyValue[] {
  const members: AnyValue[] = [];
  const length = Math.min(array.length, MAX_WIDTH);
  for (let i = 0; i < length; i++) members.push(copy(readProperty(array, i), state));
  return members;
}

/** An object that is what its keys say: a literal without `toJSON`. */
function isRecord(value: object): boolean {
  return isPlain(value) && typeof value.toJSON !== 'function';
}

/** Sets a property, one named `__proto__` too. */
export function define(record: object, key: string, value: unknown): void {
  if (key !== '__proto__') (record as Record<string, unknown>)[key] = value;
  else Object.defineProperty(record, key, { value, enumerable: true, writable: true, configurable: true });
}

/** Own enumerable string keys; none where they cannot be listed. */
export function keysOf(target: object): string[] {
  try {
    return Object.keys(target);
  } catch {
    return [];
  }
}
