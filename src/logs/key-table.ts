import { quote } from './quote.js';

/** Keys remembered at most: names of fields may come from outside. */
const MAX_KEYS = 4096;

/** Longer keys are not remembered. */
const MAX_REMEMBERED = 100;

/**
 * A few characters that are put into many lines, and their bytes as 64-bit words, so that the copy takes eight
 * at a time. UTF-8 is never the bytes of a NaN, which alone would not come out as they went in.
 *
 * Measured for the key of a field (about 11 bytes): `set` 31 ns, a loop over bytes 22 ns, over words 4 ns.
 */
export interface Packed {
  /** Without the comma. */
  readonly text: string;
  /** The bytes, filled up with zeros. */
  readonly words: Float64Array;
  /** The same memory, byte by byte. */
  readonly bytes: Uint8Array;
  /** The first words once more: most keys are no longer, and to take them from an array costs 2 % of a line. */
  readonly first: number;
  second: number;
  /** How many bytes there are. */
  readonly length: number;
  /** The field that this is the key of. */
  readonly key: string | undefined;
  /** The key that came after it last. */
  next: Packed | undefined;
}

/**
 * Remembers `,"key":` of field names.
 *
 * Lines of one place in the code have their keys in the same order: the key that came after the one before is
 * tried first, which takes 2 ns where finding it among all takes 15.
 *
 * A field named like a key that the line itself writes gets an underscore at its end (`level` is written as
 * `level_`), and one that already ends so gets one more (`level_` is `level__`): so no two fields ever meet
 * under one name.
 */
export class KeyTable {
  readonly #known = new Map<string, Packed>();
  readonly #reserved: RegExp;
  /** What comes before the first key. */
  readonly start: Packed = pack('', '');

  constructor(reserved: RegExp) {
    this.#reserved = reserved;
  }

  after(before: Packed, key: string): Packed {
    const { next } = before;
    return next !== undefined && next.key === key ? next : this.get(key, before);
  }

  get(key: string, before?: Packed): Packed {
    let packed = this.#known.get(key);
    if (packed === undefined) {
      packed = pack(',', `${quote(this.#reserved.test(key) ? `${key}_` : key)}:`, key);
      if (key.length > MAX_REMEMBERED || this.#known.size >= MAX_KEYS) return packed;
      this.#known.set(key, packed);
    }
    if (before !== undefined) before.next = packed;
    return packed;
  }
}

export function pack(before: string, text: string, key?: string): Packed {
  const encoded = Buffer.from(before + text);
  const { length } = encoded;
  const words = new Float64Array((length + 7) >> 3);
  const bytes = new Uint8Array(words.buffer);
  bytes.set(encoded);
  // Not 0, which V8 keeps otherwise than a fraction: it would then look each time which of them it has (10 % of a line).
  const [first = Number.MIN_VALUE, second = Number.MIN_VALUE] = words;
  return { text, words, bytes, first, second, length, key, next: undefined };
}

/**
 * The keys that the line itself writes, out of and in a trace: `trace_id`, `span_id` and `trace_flags` are its
 * own only while a span is current; outside of one they are fields like any other.
 */
export const lineKeys = [
  /* @__PURE__ */ new KeyTable(/^(time|level|msg|\.{3})_*$/),
  /* @__PURE__ */ new KeyTable(/^(time|level|msg|\.{3}|trace_id|span_id|trace_flags)_*$/),
] as const;
