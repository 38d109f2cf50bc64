import type { HrTime } from '@opentelemetry/api';
import { type OtlpWriter, wholeOf } from './otlp-writer.js';

const VARINT = 0;
const FIXED64 = 1;
const LENGTH = 2;
const FIXED32 = 5;

const TWO_32 = 0x100000000;

/** Texts up to this length are written character by character: a native call (57 ns) costs as much as 40 of them. */
const SHORT = 40;

/** From this length the bytes of a text are counted first, instead of reserving three for each character. */
const LONG = 65_536;

/** The value of each hexadecimal digit by its character code, and 255 for every other character. */
const NIBBLES = /* @__PURE__ */ nibbles();

/**
 * Writes protobuf into one growing buffer. The length of a nested message stands before it and is known after
 * it: one byte is kept free, and a message of 128 bytes or more is moved on by the bytes that its length
 * needs besides. Counting sizes beforehand would mean to walk every span twice.
 *
 * Wire format: https://protobuf.dev/programming-guides/encoding/
 */
export class ProtobufWriter implements OtlpWriter {
  #buffer: Buffer;
  /** The same bytes: V8 turns each of its calls into one store, where bytes by hand are four or eight. */
  #view: DataView;
  #at = 0;
  /** The last id of 16 bytes, and its bytes; and room for other ids. */
  #lastTraceId = '';
  readonly #traceId = new Uint8Array(16);
  readonly #otherId = new Uint8Array(32);

  /** @param sizeHint bytes to begin with; the size of the last message is a good guess. */
  constructor(sizeHint = 4096) {
    this.#buffer = Buffer.allocUnsafeSlow(Math.max(64, sizeHint));
    this.#view = new DataView(this.#buffer.buffer);
  }

  string(field: number, _name: string, value: string): void {
    if (value !== '') this.alwaysString(field, _name, value);
  }

  alwaysString(field: number, _name: string, value: string): void {
    const length = value.length;
    if (length > SHORT) {
      this.#longString(field, value);
      return;
    }
    this.#room(3 * length + 12);
    this.#tag(field, LENGTH);
    const buffer = this.#buffer;
    const start = this.#at + 1;
    buffer[start - 1] = length;
    // One check at the end instead of one for each character takes a tenth less.
    let all = 0;
    for (let i = 0; i < length; i++) {
      const code = value.charCodeAt(i);
      all |= code;
      buffer[start + i] = code;
    }
    if (all < 128) this.#at = start + length;
    else this.#unicode(value, start);
  }

  bytes(field: number, _name: string, value: Uint8Array): void {
    this.#room(value.length + 16);
    this.#tag(field, LENGTH);
    this.#varint(value.length);
    this.#buffer.set(value, this.#at);
    this.#at += value.length;
  }

  id(field: number, _name: string, hex: string | undefined): void {
    if (hex === undefined || hex.length === 0 || hex.length > 64 || hex.length % 2 !== 0) return;
    const size = hex.length >> 1;
    // The spans of a trace follow one another: its id is mostly the one before, and need not be read again.
    const isTraceId = size === 16;
    const bytes = isTraceId ? this.#traceId : this.#otherId;
    if (!isTraceId || hex !== this.#lastTraceId) {
      const right = parseHex(hex, bytes);
      if (isTraceId) this.#lastTraceId = right ? hex : '';
      if (!right) return;
    }
    this.#room(size + 12);
    this.#tag(field, LENGTH);
    const buffer = this.#buffer;
    let at = this.#at;
    buffer[at++] = size;
    for (let i = 0; i < size; i++) buffer[at++] = bytes[i]!;
    this.#at = at;
  }

  bool(field: number, name: string, value: boolean): void {
    if (value) this.alwaysBool(field, name, value);
  }

  alwaysBool(field: number, _name: string, value: boolean): void {
    this.#room(12);
    this.#tag(field, VARINT);
    this.#buffer[this.#at++] = value ? 1 : 0;
  }

  uint32(field: number, _name: string, value: number): void {
    const whole = value >>> 0;
    if (whole === 0) return;
    this.#room(16);
    this.#tag(field, VARINT);
    this.#varint(whole);
  }

  sint32(field: number, name: string, value: number): void {
    this.uint32(field, name, (value << 1) ^ (value >> 31));
  }

  fixed32(field: number, _name: string, value: number): void {
    if (value === 0) return;
    this.#room(16);
    this.#tag(field, FIXED32);
    this.#word(value);
  }

  alwaysInt64(field: number, _name: string, value: number): void {
    this.#room(24);
    this.#tag(field, VARINT);
    this.#varint(value);
  }

  alwaysFixed64(field: number, _name: string, value: number): void {
    this.#room(24);
    this.#tag(field, FIXED64);
    this.#word64(wholeOf(value));
  }

  double(field: number, name: string, value: number): void {
    if (value !== 0) this.alwaysDouble(field, name, value);
  }

  alwaysDouble(field: number, _name: string, value: number): void {
    this.#room(24);
    this.#tag(field, FIXED64);
    this.#double(value);
  }

  /**
   * Seconds × 10⁹ exceeds what a double holds exactly. Its lower 32 bits come from an integer product; the double
   * product less those, divided by 2³², is off by less than a millionth and rounds to the upper ones. 11 ns; by
   * way of `BigInt` it takes 64 ns.
   */
  time(field: number, _name: string, value: HrTime): void {
    const seconds = value[0];
    const nanoseconds = value[1];
    if (!(seconds >= 0 && nanoseconds >= 0 && seconds + nanoseconds > 0)) return;
    this.#room(24);
    this.#tag(field, FIXED64);
    const product = Math.imul(seconds, 1e9) >>> 0;
    const low = product + nanoseconds;
    this.#word(low);
    this.#word(Math.round((seconds * 1e9 - product) / TWO_32) + Math.floor(low / TWO_32));
  }

  fixed64List(field: number, _name: string, values: readonly number[]): void {
    if (!this.#beginPacked(field, values.length)) return;
    for (let i = 0; i < values.length; i++) this.#word64(wholeOf(values[i]!));
  }

  doubleList(field: number, _name: string, values: readonly number[]): void {
    if (!this.#beginPacked(field, values.length)) return;
    for (let i = 0; i < values.length; i++) this.#double(values[i]!);
  }

  uint64List(field: number, name: string, values: readonly number[]): void {
    if (values.length === 0) return;
    const mark = this.begin(field, name);
    this.#room(values.length * 10);
    for (let i = 0; i < values.length; i++) this.#varint(wholeOf(values[i]!));
    this.end(name, mark);
  }

  begin(field: number, _name: string): number {
    this.#room(16);
    this.#tag(field, LENGTH);
    return ++this.#at;
  }

  end(_name: string, mark: number): void {
    this.#close(mark);
  }

  endItem(_name: string, mark: number): void {
    this.#close(mark);
  }

  position(): number {
    return this.#at;
  }

  rewind(position: number): void {
    this.#at = position;
  }

  finish(): Uint8Array {
    return this.#buffer.subarray(0, this.#at);
  }

  /** Writes the length of what stands from `mark` on into the byte before it, or moves it on to make room. */
  #close(mark: number): void {
    const length = this.#at - mark;
    if (length < 128) {
      this.#buffer[mark - 1] = length;
      return;
    }
    const more = varintSize(length) - 1;
    this.#room(more);
    this.#buffer.copyWithin(mark + more, mark, this.#at);
    const end = this.#at + more;
    this.#at = mark - 1;
    this.#varint(length);
    this.#at = end;
  }

  /** A short text with characters beyond ASCII. Buffer writes U+FFFD for half of a surrogate pair. */
  #unicode(value: string, start: number): void {
    this.#at = start + this.#buffer.write(value, start);
    this.#close(start);
  }

  #longString(field: number, value: string): void {
    const most = value.length < LONG ? 3 * value.length : Buffer.byteLength(value);
    this.#room(most + 16);
    this.#tag(field, LENGTH);
    const mark = ++this.#at;
    // Room for the length that an ASCII text has, so that only others are moved.
    const skip = varintSize(value.length) - 1;
    const written = this.#buffer.write(value, mark + skip);
    if (varintSize(written) - 1 === skip) {
      this.#at = mark - 1;
      this.#varint(written);
      this.#at += written;
      return;
    }
    this.#buffer.copyWithin(mark, mark + skip, mark + skip + written);
    this.#at = mark + written;
    this.#close(mark);
  }

  #beginPacked(field: number, length: number): boolean {
    if (length === 0) return false;
    this.#room(length * 8 + 16);
    this.#tag(field, LENGTH);
    this.#varint(length * 8);
    return true;
  }

  #tag(field: number, type: number): void {
    if (field < 16) {
      this.#buffer[this.#at++] = (field << 3) | type;
      return;
    }
    this.#buffer[this.#at++] = ((field & 15) << 3) | type | 128;
    this.#buffer[this.#at++] = field >> 4;
  }

  /** A whole number of at most 64 bits; a negative one takes ten bytes, as protobuf has it. */
  #varint(value: number): void {
    const buffer = this.#buffer;
    let at = this.#at;
    let rest = value;
    if (rest < 0) {
      // Two's complement: the high and the low 32 bits of 2^64 + value.
      let low = rest >>> 0;
      let high = Math.floor(rest / TWO_32) >>> 0;
      for (let i = 0; i < 9; i++) {
        buffer[at++] = (low & 127) | 128;
        low = ((low >>> 7) | (high << 25)) >>> 0;
        high >>>= 7;
      }
      buffer[at++] = low;
      this.#at = at;
      return;
    }
    while (rest >= 0x80000000) {
      buffer[at++] = (rest % 128) | 128;
      rest = Math.floor(rest / 128);
    }
    while (rest > 127) {
      buffer[at++] = (rest & 127) | 128;
      rest >>>= 7;
    }
    buffer[at++] = rest;
    this.#at = at;
  }

  /** The lower 32 bits. */
  #word(value: number): void {
    this.#view.setUint32(this.#at, value, true);
    this.#at += 4;
  }

  #word64(value: number): void {
    this.#word(value);
    this.#word(Math.floor(value / TWO_32));
  }

  #double(value: number): void {
    this.#view.setFloat64(this.#at, value, true);
    this.#at += 8;
  }

  #room(bytes: number): void {
    if (this.#at + bytes > this.#buffer.length) this.#grow(bytes);
  }

  #grow(bytes: number): void {
    const larger = Buffer.allocUnsafeSlow(Math.max(this.#buffer.length * 2, this.#at + bytes));
    this.#buffer.copy(larger, 0, 0, this.#at);
    this.#buffer = larger;
    this.#view = new DataView(larger.buffer);
  }
}

function varintSize(value: number): number {
  let size = 1;
  for (let rest = value; rest > 127; rest = Math.floor(rest / 128)) size++;
  return size;
}

/** Reads hexadecimal digits into bytes; `false` where there are other characters. */
function parseHex(hex: string, bytes: Uint8Array): boolean {
  let wrong = 0;
  for (let i = 0; i < hex.length; i += 2) {
    const first = hex.charCodeAt(i);
    const second = hex.charCodeAt(i + 1);
    const high = NIBBLES[first & 255]!;
    const low = NIBBLES[second & 255]!;
    wrong |= ((high | low) >> 4) | ((first | second) >> 8);
    bytes[i >> 1] = (high << 4) | low;
  }
  return wrong === 0;
}

function nibbles(): Uint8Array {
  const table = new Uint8Array(256).fill(255);
  for (const [value, digits] of [
    '0',
    '1',
    '2',
    '3',
    '4',
    '5',
    '6',
    '7',
    '8',
    '9',
    'aA',
    'bB',
    'cC',
    'dD',
    'eE',
    'fF',
  ].entries()) {
    for (const digit of digits) table[digit.charCodeAt(0)] = value;
  }
  return table;
}
