import type { Bindings } from './bindings.js';
import type { EventForm } from './event-form.js';
import { lineKeys, type Packed, pack } from './key-table.js';
import { MAX_LINE, MAX_WIDTH } from './limits.js';
import type { LineBuffer } from './line-buffer.js';
import type { Fields } from './log-call.js';
import { quote } from './quote.js';
import { numberText, stringify } from './stringify.js';

const hasOwn = Object.prototype.hasOwnProperty;

/**
 * Puts one line at the end of the buffer: prefix (time and level), message, trace ids, fields, bindings. The
 * fields of a typed event are written by its form, whose names are none of those that are bound.
 *
 * Throws what a getter or a Proxy among the fields throws, and then leaves the buffer as it was: the caller
 * tries again with a safe copy. Values themselves are read safely.
 */
export function appendLine(
  buffer: LineBuffer,
  prefix: Uint8Array,
  message: string,
  trace: Uint8Array | undefined,
  fields: Fields | undefined,
  bindings: Bindings,
  form?: EventForm,
): void {
  const begin = buffer.end;
  let at = putString(buffer, putBytes(buffer, begin, prefix), message);
  if (trace !== undefined) at = putBytes(buffer, at, trace);
  const inTrace = trace === undefined ? 0 : 1;
  const { texts } = bindings;
  let hidden: string[] | undefined;
  if (form !== undefined) at = form.write(buffer, at, fields!);
  else if (fields !== undefined) {
    const keys = lineKeys[inTrace];
    let count = 0;
    for (const key in fields) {
      if (!hasOwn.call(fields, key)) continue;
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

/** Longer strings are left to V8, whose own scan is faster from here on. */
const SHORT = 128;

/** Puts a string with its quotation marks. */
function putString(buffer: LineBuffer, at: number, text: string): number {
  const length = text.length;
  if (length > SHORT) return buffer.putText(at, quote(text));
  if (at > buffer.limit) buffer.room(at, 0);
  const out = buffer.bytes;
  let to = at;
  out[to++] = 0x22;
  for (let i = 0; i < length; i++) {
    const unit = text.charCodeAt(i);
    // Control characters, quotation marks, backslashes, and all that is not ASCII.
    if (unit < 0x20 || unit === 0x22 || unit === 0x5c || unit > 0x7e) return buffer.putText(at, quote(text));
    out[to++] = unit;
  }
  out[to] = 0x22;
  return to + 1;
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
      let rest = Math.round(value * power) | 0;
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
