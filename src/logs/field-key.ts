import { type Packed, pack } from './packed.js';
import { quote } from './stringify.js';

/** Keys that the line itself writes. */
const RESERVED = /^(?:time|level|msg|\.\.\.)_*$/;

/** Keys that the line writes when a span is current. */
const RESERVED_IN_TRACE = /^(?:time|level|msg|\.\.\.|trace_id|span_id|trace_flags)_*$/;

/** Keys remembered at most: names of fields may come from outside. */
const MAX_KEYS = 4096;

/** Longer keys are not remembered. */
const MAX_REMEMBERED = 100;

/**
 * The name under which a field is written. A field named like a key of the line itself gets an underscore at
 * its end (`level` is written as `level_`), and one that already ends so gets one more (`level_` is `level__`):
 * so no two fields ever meet under one name. `trace_id`, `span_id` and `trace_flags` are the line's own only
 * while a span is current; outside of one they are fields like any other.
 */
export function fieldName(key: string, inTrace: boolean): string {
  return (inTrace ? RESERVED_IN_TRACE : RESERVED).test(key) ? `${key}_` : key;
}

/** Remembers the bytes `,"key":` of field names. */
export class KeyTable {
  readonly #known = new Map<string, Packed>();
  readonly #inTrace: boolean;

  constructor(inTrace: boolean) {
    this.#inTrace = inTrace;
  }

  packed(key: string): Packed {
    return this.#known.get(key) ?? this.#encode(key);
  }

  #encode(key: string): Packed {
    const packed = pack(Buffer.from(`,${quote(fieldName(key, this.#inTrace))}:`));
    if (key.length <= MAX_REMEMBERED && this.#known.size < MAX_KEYS) this.#known.set(key, packed);
    return packed;
  }
}
