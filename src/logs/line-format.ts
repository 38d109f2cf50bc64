import type { Bindings } from './bindings.js';
import type { EventForm } from './event-form.js';
import { lineKeys, type Packed } from './key-table.js';
import { MAX_LINE, MAX_WIDTH } from './limits.js';
import type { LineBuffer } from './line-buffer.js';
import type { Fields } from './log-call.js';
import { putPacked } from './put-text.js';
import { putValue } from './put-value.js';
import { copySafely } from './read-safely.js';

/** Has inherited keys where somebody added to `Object.prototype`. */
const PLAIN = {};

/**
 * Puts the rest of a line (trace ids, fields, bindings) behind its head (time, level, message), and makes it the last
 * of the buffer. The fields of a typed event are written by its form, whose names are none of those that are bound.
 *
 * The fields must be an object that inherits no keys, but for those of `Object.prototype`.
 *
 * Throws what a getter or a Proxy among the fields throws, and then leaves the buffer as it was: the caller
 * tries again with a safe copy. Values themselves are read safely.
 *
 * The head is put by the caller because V8 inlines just so much into one function: here it is the fields' turn.
 */
export function appendRest(
  buffer: LineBuffer,
  at: number,
  trace: Packed | undefined,
  fields: Fields | undefined,
  bindings: Bindings,
  form?: EventForm,
): void {
  const begin = buffer.end;
  if (trace !== undefined) at = putPacked(buffer, at, trace);
  const inTrace = trace === undefined ? 0 : 1;
  const { texts } = bindings;
  const isBound = texts.size !== 0;
  let hidden: string[] | undefined;
  if (form !== undefined) at = form.write(buffer, at, fields!);
  else if (fields !== undefined) {
    // Plain objects inherit from Object.prototype alone, so one look at that takes the place of asking for each
    // key whether it is the object's own: 16 ns a key.
    for (const _ in PLAIN) fields = copySafely(fields);
    const keys = lineKeys[inTrace];
    let packed = keys.start;
    let count = 0;
    for (const key in fields) {
      const value = fields[key];
      if (value === undefined) continue;
      if (count === MAX_WIDTH || at - begin > MAX_LINE) {
        at = buffer.putText(at, `,"...":"${Object.keys(fields).length - count} more"`);
        break;
      }
      count++;
      if (isBound && texts.has(key)) {
        hidden ??= [];
        hidden.push(key);
      }
      packed = keys.after(packed, key);
      at = putValue(buffer, putPacked(buffer, at, packed), value);
    }
  }
  if (isBound) {
    const kept = hidden === undefined ? bindings.kept[inTrace] : undefined;
    at = putPacked(buffer, at, kept ?? bindings.bytes(inTrace, hidden));
  }
  if (at > buffer.limit) buffer.room(at, 0);
  buffer.view.setInt16(at, END, true);
  buffer.end = at + 2;
}

/** A brace and a newline. */
const END = 0x0a7d;
