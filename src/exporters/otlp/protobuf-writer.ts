import type { HrTime } from '@opentelemetry/api';

/** Wire types. */
export const VARINT = 0;
export const FIXED64 = 1;
export const LENGTH = 2;
export const FIXED32 = 5;

const TWO_32 = 0x100000000;

/** Texts up to this length are written character by character: a native call (57 ns) costs as much as 40 of them. */
const SHORT = 40;

/** From this length the bytes of a text are counted first, instead of reserving three for each character. */
const LONG = 65_536;

/** The size that only the model is made with. */
const MODEL = 0;

/**
 * A writer that is never written with, and never goes. Between two exports there is no other, and the garbage
 * collector then takes the shape of writers and, with it, all machine code that was made for it: 10,000 metric
 * points, collected in between, took three times as long.
 */
let model: ProtobufWriter | undefined;

/** How the numbers of a packed list are written. */
export type Packed = 'varint' | 'zigzag' | 'fixed64' | 'double';

/**
 * Writes protobuf into one growing buffer. The length of a nested message stands before it and is known after
 * it: a byte, or as many as asked for, is kept free, and the message is moved where its length needs more or
 * fewer. Counting sizes beforehand would mean to walk every span twice.
 *
 * As in proto3, texts, lists and `uint32`s that are empty or zero are left out; other numbers are always written.
 *
 * Wire format: https://protobuf.dev/programming-guides/encoding/
 */
export class ProtobufWriter {
  /** Bytes written so far; set back to an earlier value, it takes back what came since. */
  at = 0;
  #buffer: Buffer;
  /** The same bytes: V8 turns each of its calls into one store, where bytes by hand are four or eight. */
  #view: DataView;
  /** The value of each hexadecimal digit by its character code, and 255 for every other character. */
  readonly #digits: Uint8Array;

  /** @param sizeHint bytes to begin with; the size of the last message is a good guess. */
  constructor(sizeHint = 4096) {
    this.#buffer = Buffer.allocUnsafeSlow(Math.max(64, sizeHint));
    this.#view = new DataView(this.#buffer.buffer);
    if (sizeHint !== MODEL) model ??= new ProtobufWriter(MODEL);
    this.#digits = model === undefined ? digitValues() : model.#digits;
  }

  /** @param always even where it is empty: a member of a `oneof`. What is no text is turned into one. */
  string(field: number, given: unknown, always?: boolean): void {
    const value = typeof given === 'string' ? given : String(given ?? '');
    const length = value.length;
    if (length === 0 && !always) return;
    this.#tag(field, LENGTH, length < LONG ? 3 * length : Buffer.byteLength(value));
    const buffer = this.#buffer;
    if (length <= SHORT) {
      const start = this.at + 1;
      // One check at the end instead of one for each character takes a tenth less.
      let all = 0;
      for (let i = 0; i < length; i++) {
        const code = value.charCodeAt(i);
        all |= code;
        buffer[start + i] = code;
      }
      if (all < 128) {
        buffer[start - 1] = length;
        this.at = start + length;
        return;
      }
    }
    // Room for the length that an ASCII text has, so that only others are moved.
    const reserved = varintSize(length);
    const mark = this.at + reserved;
    // Half of a surrogate pair becomes U+FFFD.
    this.at = mark + buffer.write(value, mark);
    this.end(mark, reserved);
  }

  bytes(field: number, value: Uint8Array): void {
    this.#tag(field, LENGTH);
    this.#varint(value.length);
    this.raw(value);
  }

  /** Fields that were written before. */
  raw(fields: Uint8Array): void {
    this.#room(fields.length);
    this.#buffer.set(fields, this.at);
    this.at += fields.length;
  }

  /** What was written from a place on, to be written again. */
  copyFrom(start: number): Uint8Array {
    return Buffer.from(this.#buffer.subarray(start, this.at));
  }

  /** An id given as hexadecimal text; anything else is left out. */
  id(field: number, hex: string | undefined): void {
    if (!hex || hex.length > 64 || hex.length % 2 !== 0) return;
    const before = this.at;
    this.#tag(field, LENGTH, hex.length);
    const buffer = this.#buffer;
    const digits = this.#digits;
    let at = this.at;
    let wrong = 0;
    buffer[at++] = hex.length >> 1;
    for (let i = 0; i < hex.length; i += 2) {
      const first = hex.charCodeAt(i);
      const second = hex.charCodeAt(i + 1);
      const high = digits[first & 255]!;
      const low = digits[second & 255]!;
      wrong |= ((high | low) >> 4) | ((first | second) >> 8);
      buffer[at++] = (high << 4) | low;
    }
    this.at = wrong === 0 ? at : before;
  }

  /** An id given as its words of 32 bits, two or four of them. */
  words(field: number, first: number, second: number, third?: number, fourth?: number): void {
    const length = third === undefined ? 8 : 16;
    this.#tag(field, LENGTH, length);
    const view = this.#view;
    let at = this.at;
    this.#buffer[at++] = length;
    view.setInt32(at, first);
    view.setInt32(at + 4, second);
    if (third !== undefined) {
      view.setInt32(at + 8, third);
      view.setInt32(at + 12, fourth!);
    }
    this.at = at + length;
  }

  /** `uint32` and enums. */
  uint32(field: number, value: number | undefined): void {
    const whole = value! >>> 0;
    if (whole !== 0) this.int64(field, whole);
  }

  sint32(field: number, value: number): void {
    this.uint32(field, (value << 1) ^ (value >> 31));
  }

  fixed32(field: number, value: number): void {
    if (value === 0) return;
    this.#tag(field, FIXED32);
    this.#word(value);
  }

  /** A safe integer; and a bool, as 0 or 1. */
  int64(field: number, value: number): void {
    this.#tag(field, VARINT);
    this.#varint(value);
  }

  fixed64(field: number, value: number): void {
    this.#tag(field, FIXED64);
    this.#word64(wholeOf(value));
  }

  /** Left out where it is not known. */
  double(field: number, value: number | undefined): void {
    if (value === undefined) return;
    this.#tag(field, FIXED64);
    this.#double(value);
  }

  /**
   * `[seconds, nanoseconds]` as nanoseconds since the Unix epoch. Seconds × 10⁹ exceeds what a double holds
   * exactly. Its lower 32 bits come from an integer product; the double product less those, divided by 2³², is
   * off by less than a millionth and rounds to the upper ones. 11 ns; by way of `BigInt` it takes 64 ns.
   */
  time(field: number, value: HrTime): void {
    const seconds = value[0];
    const nanoseconds = value[1];
    if (!(seconds >= 0 && nanoseconds >= 0 && seconds + nanoseconds > 0)) return;
    this.#tag(field, FIXED64);
    const product = Math.imul(seconds, 1e9) >>> 0;
    const low = product + nanoseconds;
    this.#word(low);
    this.#word(Math.round((seconds * 1e9 - product) / TWO_32) + Math.floor(low / TWO_32));
  }

  list(field: number, values: readonly number[], packed: Packed): void {
    if (values.length === 0) return;
    const mark = this.begin(field, 1, values.length * 10);
    for (let i = 0; i < values.length; i++) {
      const value = values[i]!;
      if (packed === 'double') this.#double(value);
      else if (packed === 'fixed64') this.#word64(wholeOf(value));
      else if (packed === 'zigzag') this.#varint(value < 0 ? -2 * value - 1 : 2 * value);
      else this.#varint(wholeOf(value));
    }
    this.end(mark);
  }

  /** Opens a nested message with `reserved` bytes for its length; both must be handed to `end`. */
  begin(field: number, reserved = 1, bytes = 0): number {
    this.#tag(field, LENGTH, bytes);
    this.at += reserved;
    return this.at;
  }

  end(mark: number, reserved = 1): void {
    const length = this.at - mark;
    if (length < 128 && reserved === 1) {
      this.#buffer[mark - 1] = length;
      return;
    }
    const size = varintSize(length);
    if (size !== reserved) {
      this.#room(size);
      this.#buffer.copyWithin(mark - reserved + size, mark, this.at);
    }
    this.at = mark - reserved;
    this.#varint(length);
    this.at += length;
  }

  finish(): Uint8Array {
    return this.#buffer.subarray(0, this.at);
  }

  /** Begins a field, with room for any number or for so many bytes. */
  #tag(field: number, type: number, bytes = 0): void {
    this.#room(bytes + 24);
    let tag = (field << 3) | type;
    if (tag > 127) {
      this.#buffer[this.at++] = (tag & 127) | 128;
      tag >>= 7;
    }
    this.#buffer[this.at++] = tag;
  }

  /** A whole number of at most 64 bits; a negative one takes ten bytes, as protobuf has it. */
  #varint(value: number): void {
    const buffer = this.#buffer;
    let at = this.at;
    let rest = value;
    // Nine groups of seven bits are all but the last bit of 64; `&` takes a double modulo 2³².
    for (let groups = 0; rest < 0 || rest >= 0x80000000; groups++) {
      if (groups === 9) rest = 1;
      else {
        buffer[at++] = (rest & 127) | 128;
        rest = Math.floor(rest / 128);
      }
    }
    while (rest > 127) {
      buffer[at++] = (rest & 127) | 128;
      rest >>>= 7;
    }
    buffer[at++] = rest;
    this.at = at;
  }

  /** The lower 32 bits. */
  #word(value: number): void {
    this.#view.setUint32(this.at, value, true);
    this.at += 4;
  }

  #word64(value: number): void {
    this.#word(value);
    this.#word(Math.floor(value / TWO_32));
  }

  #double(value: number): void {
    this.#view.setFloat64(this.at, value, true);
    this.at += 8;
  }

  #room(bytes: number): void {
    if (this.at + bytes > this.#buffer.length) this.#grow(bytes);
  }

  #grow(bytes: number): void {
    const larger = Buffer.allocUnsafeSlow(Math.max(this.#buffer.length * 2, this.at + bytes));
    this.#buffer.copy(larger, 0, 0, this.at);
    this.#buffer = larger;
    this.#view = new DataView(larger.buffer);
  }
}

/** The value of each hexadecimal digit by its character code, and 255 for every other character. */
function digitValues(): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, code) => {
    const value = Number.parseInt(String.fromCharCode(code), 16);
    return value >= 0 ? value : 255;
  });
}

/** Bytes that a length takes: seven bits in each. */
function varintSize(length: number): number {
  return ((38 - Math.clz32(length | 1)) / 7) | 0;
}

/** What fits a 64-bit field: whole, and 0 for what is no such number. */
function wholeOf(value: number): number {
  return Math.abs(value) < 2 ** 63 ? Math.trunc(value) : 0;
}
