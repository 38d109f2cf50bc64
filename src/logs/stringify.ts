import { errorFields } from './error-fields.js';
import { KeyTable } from './key-table.js';
import { MAX_DEPTH, MAX_TEXT, MAX_WIDTH } from './limits.js';
import { quote } from './quote.js';
import { className, isError, isPlain, readProperty, textOf, thrown } from './read-safely.js';

/** What one call of `stringify` may still use up, and the objects it is inside of. */
interface State {
  left: number;
  readonly inside: object[];
}

/** What a member takes of the limit besides its key and its text. */
const MEMBER = 8;

/** How many bytes of a buffer are shown. */
const SHOWN_BYTES = 32;

/** `...` tells how much was cut. */
const keys = /* @__PURE__ */ new KeyTable(/^\.{3}_*$/);

/**
 * Any value at all as one line of valid JSON. Never throws and never changes what it is given.
 *
 * What JSON cannot say is said in a string: `"123"` for a BigInt, `"NaN"`, `"Symbol(id)"`,
 * `"[Function: name]"`, `"[Circular]"`, `"[Throws: message]"`, `"[Buffer: 12 bytes 48656c6c6f…]"`. A Map with
 * string keys is an object, any other an array of pairs; a Set is an array; `toJSON` is honoured; an error is
 * an object with its type, message, stack, own properties and causes. Keys whose value is `undefined` are left
 * out.
 */
export function stringify(value: unknown): string {
  return anyValue(value, { left: MAX_TEXT, inside: [] }) ?? 'null';
}

/** The JSON of a value, or `undefined` where an object leaves the key out. */
function anyValue(value: unknown, state: State): string | undefined {
  switch (typeof value) {
    case 'string':
      state.left -= value.length;
      return quote(value);
    case 'number':
      return numberText(value);
    case 'boolean':
      return `${value}`;
    case 'undefined':
      return undefined;
    case 'function':
      return quote(`[Function: ${textOf(readProperty(value, 'name')) || 'anonymous'}]`);
    case 'object':
      return value === null ? 'null' : objectText(value, state);
    default:
      return quote(textOf(value));
  }
}

/** A number as JSON; what JSON has no word for as a string. */
export function numberText(value: number): string {
  return value - value === 0 ? `${value}` : `"${value}"`;
}

function objectText(value: object, state: State): string {
  if (state.left < 0) return '"[Truncated]"';
  if (state.inside.includes(value)) return '"[Circular]"';
  if (state.inside.length >= MAX_DEPTH) return quote(`[${className(value)}]`);
  state.inside.push(value);
  try {
    return knownText(value, state);
  } catch (error) {
    // Only a value that lies about itself gets here: a Proxy, a Map with an iterator of its own.
    return quote(thrown(error));
  } finally {
    state.inside.pop();
  }
}

function knownText(value: object, state: State): string {
  if (Object.getPrototypeOf(value) !== Object.prototype || Symbol.toStringTag in value) {
    if (isError(value)) return membersText(errorFields(value), state);
    if (value instanceof Map) {
      const pairs = first(value);
      return pairs.every(([key]) => typeof key === 'string')
        ? membersText(Object.fromEntries(pairs) as object, state, value.size)
        : membersText(pairs, state, value.size);
    }
    if (value instanceof Set) return membersText(first(value), state, value.size);
    if (value instanceof ArrayBuffer || value instanceof Uint8Array || value instanceof DataView) {
      const { buffer = value, byteOffset, byteLength } = value as Uint8Array;
      const shown = Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength).toString(
        'hex',
        0,
        SHOWN_BYTES,
      );
      const rest = byteLength > SHOWN_BYTES ? '...' : '';
      return quote(`[${className(value)}: ${byteLength} bytes ${shown}${rest}]`);
    }
    if (Array.isArray(value) || ArrayBuffer.isView(value)) return membersText(value, state);
    if (value instanceof RegExp || (value instanceof Date && Number.isNaN(+value))) return quote(`${value}`);
    if (value instanceof String || value instanceof Number || value instanceof Boolean) {
      return anyValue(value.valueOf(), state)!;
    }
  }
  const toJson = (value as { toJSON?: unknown }).toJSON;
  if (typeof toJson === 'function') {
    const replaced: unknown = toJson.call(value, '');
    // As with JSON.stringify, what toJSON returns is not asked for its own toJSON.
    if (replaced !== value) {
      return isPlain(replaced) ? membersText(replaced, state) : (anyValue(replaced, state) ?? 'null');
    }
  }
  // A Promise, a WeakMap, Headers: what has a name of its own and shows nothing.
  if (Symbol.toStringTag in value && Object.keys(value).length === 0) {
    return quote(`[${className(value)}]`);
  }
  return membersText(value, state);
}

/** The members of an array, or the keys of any other object; `size` is told where not all were handed over. */
function membersText(target: object, state: State, size?: number): string {
  const isList = Array.isArray(target) || ArrayBuffer.isView(target);
  const names = isList ? undefined : Object.keys(target);
  const count = (names ?? (target as unknown[])).length;
  let text = '';
  let i = 0;
  for (; i < count && i < MAX_WIDTH && state.left >= 0; i++) {
    const key = names === undefined ? i : names[i]!;
    const member = anyValue(readProperty(target, key), state);
    state.left -= MEMBER;
    const comma = text === '' ? '' : ',';
    if (names === undefined) text += comma + (member ?? 'null');
    else if (member !== undefined) {
      const name = keys.get(key as string).text;
      state.left -= name.length;
      text += comma + name + member;
    }
  }
  const rest = (size ?? count) - i;
  if (rest > 0) text += `${text === '' ? '' : ','}"...${isList ? ' ' : '":"'}${rest} more"`;
  return isList ? `[${text}]` : `{${text}}`;
}

/** As many members as are shown. */
function first<T>(iterable: Iterable<T>): T[] {
  const members: T[] = [];
  for (const member of iterable) if (members.push(member) === MAX_WIDTH) break;
  return members;
}
