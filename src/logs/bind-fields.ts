import type { Bindings } from './bindings.js';
import { fieldName } from './field-key.js';
import { MAX_WIDTH } from './limits.js';
import { LineBuffer } from './line-buffer.js';
import { putField } from './line-format.js';
import { copySafely } from './read-safely.js';

/** Bindings with further fields, written down now: later changes of the values do not reach the lines. */
export function bindFields(bindings: Bindings, fields: object): Bindings {
  const safe = copySafely(fields);
  const keys = Object.keys(safe)
    .filter((key) => safe[key] !== undefined)
    .slice(0, MAX_WIDTH);
  if (keys.length === 0) return bindings;
  const scratch = new LineBuffer(SCRATCH);
  const parts = keys.map((key) => part(scratch, key, safe[key], false));
  const differs = keys.some((key) => fieldName(key, true) !== fieldName(key, false));
  const partsInTrace = differs ? keys.map((key) => part(scratch, key, safe[key], true)) : parts;
  return bindings.extended(keys, parts, partsInTrace);
}

const SCRATCH = 2048;

function part(scratch: LineBuffer, key: string, value: unknown, inTrace: boolean): Uint8Array {
  const end = putField(scratch, 0, key, value, inTrace);
  // Only now: a long value gives the scratch buffer other bytes.
  return Uint8Array.prototype.slice.call(scratch.bytes, 0, end);
}
