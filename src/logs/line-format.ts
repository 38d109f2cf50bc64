import type { Bindings } from './bindings.js';
import { KeyTable } from './field-key.js';
import { MAX_LINE, MAX_WIDTH } from './limits.js';
import type { LineBuffer } from './line-buffer.js';
import { type Packed, pack, putPacked } from './packed.js';
import { numberText, quote, stringify } from './stringify.js';

const plainKeys = /* @__PURE__ */ new KeyTable(false);
const traceKeys = /* @__PURE__ */ new KeyTable(true);

const hasOwn = Object.prototype.hasOwnProperty;

/** Fields of a line: any object whose own enumerable keys are the names. */
export type Fields = Readonly<Record<string, unknown>>;

/**
 * Puts one line at the end of the buffer: prefix (time, level, `"msg":"`), message, trace ids, fields, bindings.
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
): void {
  let at = buffer.end;
  if (at > buffer.limit) buffer.grow(at, 0);
  // The prefix ends with the quotation mark of the message, which putString writes again.
  buffer.bytes.set(prefix, at);
  at = putString(buffer, at + prefix.length - 1, message);
  const inTrace = trace !== undefined;
  if (inTrace) {
    if (at > buffer.limit) buffer.grow(at, 0);
    buffer.bytes.set(trace, at);
    at += trace.length;
  }
  let hidden: boolean[] | undefined;
  if (fields !== undefined) {
    const keys = inTrace ? traceKeys : plainKeys;
    const begin = buffer.end;
    let count = 0;
    for (const key in fields) {
      if (!hasOwn.call(fields, key)) continue;
      const value = fields[key];
      if (value === undefined) continue;
      if (++count > MAX_WIDTH || at - begin > MAX_LINE) {
        at = putRest(buffer, at, fields, count - 1);
        break;
      }
      if (bindings.count !== 0) {
        const index = bindings.indexOf(key);
        if (index >= 0) {
          hidden ??= [];
          hidden[index] = true;
        }
      }
      at = putValue(buffer, putKey(buffer, at, keys.packed(key)), value);
    }
  }
  if (bindings.count !== 0) {
    const bound = hidden === undefined ? bindings.all(inTrace) : bindings.without(hidden, inTrace);
    if (at + bound.length > buffer.limit) buffer.grow(at, bound.length);
    buffer.bytes.set(bound, at);
    at += bound.length;
  }
  if (at > buffer.limit) buffer.grow(at, 0);
  const out = buffer.bytes;
  out[at] = 0x7d; // }
  out[at + 1] = 0x0a;
  buffer.end = at + 2;
}

/** Puts `,"key":value` at `at`; returns the position behind it. */
export function putField(
  buffer: LineBuffer,
  at: number,
  key: string,
  value: unknown,
  inTrace: boolean,
): number {
  return putValue(buffer, putKey(buffer, at, (inTrace ? traceKeys : plainKeys).packed(key)), value);
}

function putKey(buffer: LineBuffer, at: number, key: Packed): number {
  if (at + key.length > buffer.limit) buffer.grow(at, key.length);
  return putPacked(buffer.view, at, key);
}

const TRUE = /* @__PURE__ */ pack(/* @__PURE__ */ Buffer.from('true'));
const FALSE = /* @__PURE__ */ pack(/* @__PURE__ */ Buffer.from('false'));

/** There is room for 256 bytes and the slack's rest when this is called. */
function putValue(buffer: LineBuffer, at: number, value: unknown): number {
  switch (typeof value) {
    case 'string':
      return putString(buffer, at, value);
    case 'number':
      return putNumber(buffer.bytes, at, value);
    case 'boolean':
      return putPacked(buffer.view, at, value ? TRUE : FALSE);
    default:
      return buffer.putText(at, value === null ? 'null' : stringify(value));
  }
}

/** Longer strings are left to V8, whose own scan is faster from here on. */
const SHORT = 128;

/** Puts a string with its quotation marks. */
function putString(buffer: LineBuffer, at: number, text: string): number {
  const length = text.length;
  if (length > SHORT) return putLongString(buffer, at, text);
  if (at > buffer.limit) buffer.grow(at, 0);
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

function putLongString(buffer: LineBuffer, at: number, text: string): number {
  return buffer.putText(at, quote(text));
}

function putNumber(out: Buffer, at: number, value: number): number {
  if (value >= 0 && value < 2e6) {
    // Whole numbers and those with up to three decimals (money, milliseconds) without making a string of them:
    // 40 ns instead of 160. If n / 1000 is the value exactly, its at most ten digits are the very ones that
    // JavaScript would print.
    const whole = value | 0;
    if (whole === value) return putDigits(out, at, whole);
    const thousandths = Math.round(value * 1000);
    if (thousandths / 1000 === value) return putDecimals(out, at, whole, thousandths - whole * 1000);
  }
  return putAscii(out, at, numberText(value));
}

function putDigits(out: Buffer, at: number, value: number): number {
  let rest = value;
  let digits = 1;
  for (let power = 10; power <= rest; power *= 10) digits++;
  for (let i = at + digits - 1; i >= at; i--) {
    const tenth = (rest / 10) | 0;
    out[i] = 0x30 + rest - tenth * 10;
    rest = tenth;
  }
  return at + digits;
}

/** `thousandths` is from 1 to 999. */
function putDecimals(out: Buffer, at: number, whole: number, thousandths: number): number {
  let to = putDigits(out, at, whole);
  const hundredths = (thousandths / 10) | 0;
  const tenths = (thousandths / 100) | 0;
  out[to++] = 0x2e;
  out[to++] = 0x30 + tenths;
  if (tenths * 100 === thousandths) return to;
  out[to++] = 0x30 + hundredths - tenths * 10;
  if (hundredths * 10 === thousandths) return to;
  out[to++] = 0x30 + thousandths - hundredths * 10;
  return to;
}

function putAscii(out: Buffer, at: number, text: string): number {
  const length = text.length;
  for (let i = 0; i < length; i++) out[at + i] = text.charCodeAt(i);
  return at + length;
}

function putRest(buffer: LineBuffer, at: number, fields: Fields, written: number): number {
  return buffer.putText(at, `,"...":"${Object.keys(fields).length - written} more"`);
}
