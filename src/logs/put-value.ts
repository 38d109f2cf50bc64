import { errorFields } from './error-fields.js';
import { KeyTable } from './key-table.js';
import { MAX_DEPTH, MAX_TEXT, MAX_WIDTH } from './limits.js';
import type { LineBuffer } from './line-buffer.js';
import { putBoolean, putNumber, putPacked, putString } from './put-text.js';
import { className, isError, isPlain, readProperty, textOf, thrown } from './read-safely.js';

/** What the parts of one value have in common. */
interface State {
  /** The position from which nothing more is begun. */
  readonly stop: number;
  /** The objects that the one at hand is inside of. */
  readonly inside: object[];
}

/** How many bytes of a buffer are shown. */
const SHOWN_BYTES = 32;

/** `...` tells how much was cut. */
const keys = /* @__PURE__ */ new KeyTable(/^\.{3}_*$/);

/**
 * Puts any value at all as one line of valid JSON. Never throws and never changes what it is given.
 *
 * What JSON cannot say is said in a string: `"123"` for a BigInt, `"NaN"`, `"Symbol(id)"`,
 * `"[Function: name]"`, `"[Circular]"`, `"[Throws: message]"`, `"[Buffer: 12 bytes 48656c6c6f…]"`. A Map with
 * string keys is an object, any other an array of pairs; a Set is an array; `toJSON` is honoured; an error is
 * an object with its type, message, stack, own properties and causes. Keys whose value is `undefined` are left
 * out; on its own it is `null`.
 */
export function putValue(buffer: LineBuffer, at: number, value: unknown, state?: State): number {
  switch (typeof value) {
    case 'string':
      return putString(buffer, at, value);
    case 'number':
      return putNumber(buffer, at, value);
    case 'boolean':
      return putBoolean(buffer, at, value);
    case 'function':
      return putString(buffer, at, `[Function: ${textOf(readProperty(value, 'name')) || 'anonymous'}]`);
    case 'bigint':
    case 'symbol':
      return putString(buffer, at, textOf(value));
  }
  if (value === null || value === undefined) return buffer.putText(at, 'null');
  return putObject(buffer, at, value, state ?? { stop: at + MAX_TEXT, inside: [] });
}

function putObject(buffer: LineBuffer, at: number, value: object, state: State): number {
  const { inside } = state;
  if (at > state.stop) return putString(buffer, at, '[Truncated]');
  if (inside.includes(value)) return putString(buffer, at, '[Circular]');
  if (inside.length >= MAX_DEPTH) return putString(buffer, at, `[${className(value)}]`);
  inside.push(value);
  try {
    return putKnown(buffer, at, value, state);
  } catch (error) {
    // Only a value that lies about itself gets here: a Proxy, a Map with an iterator of its own.
    return putString(buffer, at, thrown(error));
  } finally {
    inside.pop();
  }
}

function putKnown(buffer: LineBuffer, at: number, value: object, state: State): number {
  if (Object.getPrototypeOf(value) !== Object.prototype || Symbol.toStringTag in value) {
    if (isError(value)) return putMembers(buffer, at, errorFields(value), state);
    if (value instanceof Map || value instanceof Set) {
      const all = first<unknown>(value);
      const isRecord = value instanceof Map && (all as unknown[][]).every(([key]) => typeof key === 'string');
      const shown = isRecord ? (Object.fromEntries(all as [string, unknown][]) as object) : all;
      return putMembers(buffer, at, shown, state, value.size);
    }
    if (value instanceof ArrayBuffer || value instanceof Uint8Array || value instanceof DataView) {
      const { buffer: memory = value, byteOffset, byteLength } = value as Uint8Array;
      const bytes = Buffer.from(memory as ArrayBuffer, byteOffset, byteLength);
      const rest = byteLength > SHOWN_BYTES ? '...' : '';
      const shown = bytes.toString('hex', 0, SHOWN_BYTES);
      return putString(buffer, at, `[${className(value)}: ${byteLength} bytes ${shown}${rest}]`);
    }
    if (Array.isArray(value) || ArrayBuffer.isView(value)) return putMembers(buffer, at, value, state);
    if (value instanceof RegExp || (value instanceof Date && Number.isNaN(+value))) {
      return putString(buffer, at, `${value}`);
    }
    if (value instanceof String || value instanceof Number || value instanceof Boolean) {
      return putValue(buffer, at, value.valueOf(), state);
    }
  }
  const toJson = (value as { toJSON?: unknown }).toJSON;
  if (typeof toJson === 'function') {
    const replaced: unknown = toJson.call(value, '');
    // As with JSON.stringify, what toJSON returns is not asked for its own toJSON.
    if (replaced !== value) {
      return isPlain(replaced)
        ? putMembers(buffer, at, replaced, state)
        : putValue(buffer, at, replaced, state);
    }
  }
  // A Promise, a WeakMap, Headers: what has a name of its own and shows nothing.
  if (Symbol.toStringTag in value && Object.keys(value).length === 0) {
    return putString(buffer, at, `[${className(value)}]`);
  }
  return putMembers(buffer, at, value, state);
}

/** The members of an array, or the keys of any other object; `size` is told where not all were handed over. */
function putMembers(buffer: LineBuffer, at: number, target: object, state: State, size?: number): number {
  const isList = Array.isArray(target) || ArrayBuffer.isView(target);
  const names = isList ? undefined : Object.keys(target);
  const count = (names ?? (target as unknown[])).length;
  let to = at;
  let i = 0;
  for (; i < count && i < MAX_WIDTH && to <= state.stop; i++) {
    if (names === undefined) {
      to = putValue(buffer, buffer.putText(to, ','), readProperty(target, i), state);
    } else {
      const member = readProperty(target, names[i]!);
      if (member !== undefined) {
        to = putValue(buffer, putPacked(buffer, to, keys.get(names[i]!)), member, state);
      }
    }
  }
  const rest = (size ?? count) - i;
  if (rest > 0) to = buffer.putText(to, `,"...${isList ? ' ' : '":"'}${rest} more"`);
  // In the place of the first comma.
  if (to === at) to++;
  buffer.room(to, 0);
  buffer.bytes[at] = isList ? 0x5b : 0x7b;
  buffer.bytes[to] = isList ? 0x5d : 0x7d;
  return to + 1;
}

/** As many members as are shown. */
function first<T>(iterable: Iterable<T>): T[] {
  const members: T[] = [];
  for (const member of iterable) if (members.push(member) === MAX_WIDTH) break;
  return members;
}
