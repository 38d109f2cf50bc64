import { errorFields } from './error-fields.js';
import { cutText, MAX_DEPTH, MAX_TEXT, MAX_VALUES, MAX_WIDTH } from './limits.js';
import { isError, keysOf, readProperty, textOf, thrown, tryProperty } from './read-safely.js';

/** The key that tells how much was cut. */
const REST_KEY = '...';

/** What one call of `stringify` has used up, and the objects it is inside of. */
interface State {
  values: number;
  text: number;
  readonly inside: object[];
}

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
  return anyValue(value, { values: 0, text: 0, inside: [] }) ?? 'null';
}

/** Whatever is not fit to stand in a JSON string as it is; line feeds, which stacks are full of, are not asked. */
const ESCAPED = /[^\n !#-[\]-\ud7ff\ue000-\uffff]/;

/**
 * Quotes a string for JSON; lone surrogates come out escaped, so every line is valid UTF-8.
 *
 * `JSON.stringify` takes 990 ns for a stack of 360 characters, looking for what needs more than `\n` and putting
 * that in 430 ns. A class of characters is looked for in linear time.
 */
export function quote(text: string): string {
  const cut = cutText(text);
  return ESCAPED.test(cut) ? JSON.stringify(cut) : `"${cut.replaceAll('\n', '\\n')}"`;
}

/** Quoted keys are kept, as there are few of them in a program: 20 ns instead of 120. */
const quotedKeys = /* @__PURE__ */ new Map<string, string>();
const MAX_KEYS = 2048;
const MAX_KEY_LENGTH = 64;

function quoteKey(key: string): string {
  const known = quotedKeys.get(key);
  if (known !== undefined) return known;
  const quoted = quote(key.startsWith(REST_KEY) ? `${key}_` : key);
  if (quotedKeys.size < MAX_KEYS && key.length <= MAX_KEY_LENGTH) quotedKeys.set(key, quoted);
  return quoted;
}

/** The JSON of a value, or `undefined` where an object leaves the key out. */
function anyValue(value: unknown, state: State): string | undefined {
  switch (typeof value) {
    case 'string': {
      const quoted = quote(value);
      state.text += quoted.length;
      return quoted;
    }
    case 'number':
      return numberText(value);
    case 'boolean':
      return value ? 'true' : 'false';
    case 'bigint':
      return `"${value}"`;
    case 'undefined':
      return undefined;
    case 'object':
      return value === null ? 'null' : objectText(value, state);
    default:
      return quote(typeof value === 'function' ? functionText(value) : textOf(value));
  }
}

/** A number as JSON; what JSON has no word for as a string. */
export function numberText(value: number): string {
  if (value - value === 0) return value === 0 ? '0' : `${value}`;
  return `"${value}"`;
}

function functionText(value: object): string {
  const name = tryProperty(value, 'name');
  return typeof name === 'string' && name !== '' ? `[Function: ${name}]` : '[Function]';
}

function objectText(value: object, state: State): string {
  if (++state.values > MAX_VALUES || state.text > MAX_TEXT) return '"[Truncated]"';
  if (state.inside.includes(value)) return '"[Circular]"';
  if (state.inside.length >= MAX_DEPTH) return quote(`[${kindOf(value)}]`);
  state.inside.push(value);
  try {
    return special(value, state) ?? recordText(value, state);
  } catch (error) {
    // Only a value that lies about itself gets here: a Proxy, a Map with an iterator of its own.
    return quote(thrown(error));
  } finally {
    state.inside.pop();
  }
}

/** Everything that is more than its own enumerable keys. */
function special(value: object, state: State): string | undefined {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype || Symbol.toStringTag in value) {
    if (Array.isArray(value)) return arrayText(value, state);
    if (isError(value)) return recordText(errorFields(value), state);
    if (value instanceof Date) return dateText(value);
    if (value instanceof Map) return mapText(value, state);
    if (value instanceof Set) return arrayText(first(value), state, value.size);
    if (ArrayBuffer.isView(value)) return viewText(value, state);
    if (value instanceof ArrayBuffer) return bytesText('ArrayBuffer', new Uint8Array(value));
    if (value instanceof RegExp) return quote(textOf(value));
    if (value instanceof String || value instanceof Number || value instanceof Boolean) {
      return anyValue(value.valueOf(), state);
    }
    if (value instanceof Promise) return '"[Promise]"';
    if (value instanceof WeakMap || value instanceof WeakSet || value instanceof WeakRef) {
      return quote(`[${kindOf(value)}]`);
    }
  }
  const toJson = (value as { toJSON?: unknown }).toJSON;
  if (typeof toJson !== 'function') return undefined;
  const replaced: unknown = toJson.call(value, '');
  // As with JSON.stringify, what toJSON returns is not asked for its own toJSON.
  if (replaced === value) return undefined;
  return isPlain(replaced) ? recordText(replaced, state) : (anyValue(replaced, state) ?? 'null');
}

function recordText(value: object, state: State): string {
  const keys = keysOf(value);
  let text = '{';
  let count = 0;
  for (const key of keys) {
    if (count === MAX_WIDTH || state.text > MAX_TEXT) break;
    count++;
    const member = anyValue(readProperty(value, key), state);
    if (member === undefined) continue;
    const name = quoteKey(key);
    state.text += name.length;
    text += text.length === 1 ? `${name}:${member}` : `,${name}:${member}`;
  }
  if (count < keys.length) {
    text += `${text.length === 1 ? '' : ','}"${REST_KEY}":"${keys.length - count} more"`;
  }
  return `${text}}`;
}

function arrayText(array: readonly unknown[], state: State, size: number = array.length): string {
  let text = '[';
  const length = Math.min(array.length, MAX_WIDTH);
  let count = 0;
  for (; count < length && state.text <= MAX_TEXT; count++) {
    const member = anyValue(readProperty(array, count), state) ?? 'null';
    state.text += 2;
    text += count === 0 ? member : `,${member}`;
  }
  if (count < size) text += `${count === 0 ? '' : ','}"... ${size - count} more"`;
  return `${text}]`;
}

function mapText(map: Map<unknown, unknown>, state: State): string {
  const pairs = first(map);
  if (!pairs.every((pair) => typeof pair[0] === 'string')) return arrayText(pairs, state, map.size);
  const record = Object.create(null) as Record<string, unknown>;
  for (const [key, member] of pairs) record[key as string] = member;
  if (map.size === pairs.length) return recordText(record, state);
  const text = recordText(record, state);
  return `${text.slice(0, -1)},"${REST_KEY}":"${map.size - pairs.length} more"}`;
}

function dateText(date: Date): string {
  const time = date.getTime();
  return Number.isNaN(time) ? '"Invalid Date"' : `"${new Date(time).toISOString()}"`;
}

function viewText(view: ArrayBufferView, state: State): string {
  if (view instanceof Uint8Array || view instanceof DataView) {
    const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
    return bytesText(kindOf(view), bytes);
  }
  return arrayText(view as unknown as unknown[], state);
}

/** How many bytes of a buffer are shown. */
const SHOWN_BYTES = 32;

function bytesText(kind: string, bytes: Uint8Array): string {
  const shown = Buffer.from(bytes.subarray(0, SHOWN_BYTES)).toString('hex');
  const rest = bytes.length > SHOWN_BYTES ? '...' : '';
  return quote(`[${kind}: ${bytes.length} bytes ${shown}${rest}]`);
}

/** The first members of something that can be iterated, one more than is shown at most. */
function first<T>(iterable: Iterable<T>): T[] {
  const members: T[] = [];
  for (const member of iterable) {
    if (members.length === MAX_WIDTH) break;
    members.push(member);
  }
  return members;
}

function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** The name of an object's class. */
function kindOf(value: object): string {
  if (Array.isArray(value)) return 'Array';
  const owner = tryProperty(value, 'constructor');
  const name = typeof owner === 'function' ? tryProperty(owner, 'name') : undefined;
  return typeof name === 'string' && name !== '' ? name : 'Object';
}
