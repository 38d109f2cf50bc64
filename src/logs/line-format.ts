import type { Bindings } from './bindings.js';
import type { EventForm } from './event-form.js';
import { lineKeys, type Packed, pack } from './key-table.js';
import { MAX_LINE, MAX_STRING, MAX_WIDTH } from './limits.js';
import type { LineBuffer } from './line-buffer.js';
import type { Fields } from './log-call.js';
import { quote } from './quote.js';
import { copySafely } from './read-safely.js';
import { numberText, stringify } from './stringify.js';

/** Has inherited keys where somebody added to `Object.prototype`. */
const PLAIN = {};

/**
 * Puts one line at the end of the buffer: prefix (time and level), message, trace ids, fields, bindings. The
 * fields of a typed event are written by its form, whose names are none of those that are bound.
 *
 * The fields must be an object that inherits no keys, but for those of `Object.prototype`.
 *
 * Throws what a getter or a Proxy among the fields throws, and then leaves the buffer as it was: the caller
 * tries again with a safe copy. Values themselves are read safely.
 */
export function appendLine(
  buffer: LineBuffer,
  prefix: Packed,
  message: string,
  trace: Uint8Array | undefined,
  fields: Fields | undefined,
  bindings: Bindings,
  form?: EventForm,
): void {
  const begin = buffer.end;
  let at = putString(buffer, putPacked(buffer, begin, prefix), message);
  if (trace !== undefined) at = putBytes(buffer, at, trace);
  const inTrace = trace === undefined ? 0 : 1;
  const { texts } = bindings;
  let hidden: string[] | undefined;
  if (form !== undefined) at = form.write(buffer, at, fields!);
  else if (fields !== undefined) {
    // Plain objects inherit from Object.prototype alone, so one look at that takes the place of asking for each
    // key whether it is the object's own: 16 ns a key.
    for (const _ in PLAIN) fields = copySafely(fields);
    const keys = lineKeys[inTrace];
    let count = 0;
    for (const key in fields) {
      const value = fields[key];
      if (value === undefined) continue;
      if (count === MAX_WIDTH || at - begin > MAX_LINE) {
        at = buffer.putText(at, `,"...":"${Object.keys(fields).length - count} more"`);
        break;
      }
      count++;
      if (texts.size !== 0 && texts.has(key)) {
        hidden ??= [];
        hidden.push(key);
      }
      at = putValue(buffer, putPacked(buffer, at, keys.get(key)), value);
    }
  }
  if (texts.size !== 0) {
    const kept = hidden === undefined ? bindings.kept[inTrace] : undefined;
    at = putBytes(buffer, at, kept ?? bindings.bytes(inTrace, hidden));
  }
  buffer.end = putPacked(buffer, at, END);
}

const END = /* @__PURE__ */ pack('}', '\n');
const TRUE = /* @__PURE__ */ pack('', 'true');
const FALSE = /* @__PURE__ */ pack('', 'false');

function putBytes(buffer: LineBuffer, at: number, bytes: Uint8Array): number {
  buffer.room(at, bytes.length);
  buffer.bytes.set(bytes, at);
  return at + bytes.length;
}

export function putPacked(buffer: LineBuffer, at: number, { words, length }: Packed): number {
  // The comparison stands here as well: what V8 inlines is limited, and a call for each key was 10 % of a line.
  if (at + length > buffer.limit) buffer.room(at, length);
  const { view } = buffer;
  const count = words.length;
  for (let i = 0, to = at; i < count; i++, to += 4) view.setInt32(to, words[i]!, true);
  return at + length;
}

export function putValue(buffer: LineBuffer, at: number, value: unknown): number {
  switch (typeof value) {
    case 'string':
      return putString(buffer, at, value);
    case 'number':
      return putNumber(buffer, at, value);
    case 'boolean':
      return putPacked(buffer, at, value ? TRUE : FALSE);
    default:
      return buffer.putText(at, stringify(value));
  }
}

/** Longer strings are left to V8, whose call takes 55 ns whatever the length is. */
const SHORT = 48;

/** Puts a string with its quotation marks. */
function putString(buffer: LineBuffer, at: number, text: string): number {
  const length = text.length;
  if (length > SHORT) return putLong(buffer, at, text);
  if (at > buffer.limit) buffer.room(at, 0);
  const { view } = buffer;
  view.setInt8(at, 0x22);
  let to = at + 1;
  let bad = 0;
  let i = 0;
  for (; i + 4 <= length; i += 4, to += 4) {
    const a = text.charCodeAt(i);
    const b = text.charCodeAt(i + 1);
    const c = text.charCodeAt(i + 2);
    const d = text.charCodeAt(i + 3);
    const word = a | (b << 8) | (c << 16) | (d << 24);
    bad |= ((a | b | c | d) & ~0x7f) | special(word);
    view.setInt32(to, word, true);
  }
  for (; i < length; i++, to++) {
    const unit = text.charCodeAt(i);
    bad |= (unit & ~0x7f) | special(unit | 0x20202000);
    view.setInt8(to, unit);
  }
  if (bad !== 0) return buffer.putText(at, quote(text));
  view.setInt8(to, 0x22);
  return to + 1;
}

function putLong(buffer: LineBuffer, at: number, text: string): number {
  const length = text.length;
  if (length <= MAX_STRING) {
    buffer.room(at, length * 3 + 4);
    const { bytes, view } = buffer;
    const end = at + 1 + length;
    if (bytes.write(text, at + 1) === length) {
      let bad = 0;
      view.setInt32(end, 0x20202020);
      for (let i = at + 1; i < end; i += 4) bad |= special(view.getInt32(i, true));
      if (bad === 0) {
        bytes[at] = 0x22;
        bytes[end] = 0x22;
        return end + 1;
      }
    }
  }
  return buffer.putText(at, quote(text));
}

/**
 * Whether one of four ASCII characters is a control character, a quotation mark or a backslash: not 0 then. The
 * four are tested at once by the borrows of a subtraction (Warren, "Hacker's Delight", 6-1).
 */
function special(word: number): number {
  const quotes = word ^ 0x22222222;
  const backslashes = word ^ 0x5c5c5c5c;
  return (
    (((quotes - 0x01010101) & ~quotes) |
      ((backslashes - 0x01010101) & ~backslashes) |
      ((word - 0x20202020) & ~word)) &
    0x80808080
  );
}

/**
 * Whole numbers and those with up to three decimals (money, milliseconds) without making a string of them: 40 ns
 * instead of 160. If n / 1000 is the value exactly, its at most ten digits are the very ones that JavaScript
 * would print.
 */
function putNumber(buffer: LineBuffer, at: number, value: number): number {
  const out = buffer.bytes;
  if (value >= 0 && value < 2e6) {
    for (let power = 1, decimals = 0; decimals < 4; power *= 10, decimals++) {
      let rest = (value * power + 0.5) | 0;
      if (rest / power !== value) continue;
      let end = at + 1 + decimals;
      for (let next = power * 10; next <= rest; next *= 10) end++;
      let to = end;
      if (decimals !== 0) {
        for (; decimals > 0; decimals--) {
          const tenth = (rest / 10) | 0;
          out[to--] = 0x30 + rest - tenth * 10;
          rest = tenth;
        }
        out[to] = 0x2e;
        end++;
      }
      while (to > at) {
        const tenth = (rest / 10) | 0;
        out[--to] = 0x30 + rest - tenth * 10;
        rest = tenth;
      }
      return end;
    }
  }
  const text = numberText(value);
  for (let i = 0; i < text.length; i++) out[at + i] = text.charCodeAt(i);
  return at + text.length;
}
