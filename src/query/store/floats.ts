import type { BitReader, BitWriter } from './bits.js';
import { MAX_INTEGER, readIntegers, writeIntegers } from './integers.js';

/** The bits of the NaN that marks the end of a series in Prometheus: high and low word. */
export const STALE_HIGH = 0x7ff00000;
export const STALE_LOW = 2;

/** Decimal places tried before values count as having none. */
const MAX_DECIMALS = 9;
/** In the four bits that name a column's form: 0 to 9 are decimals, this is the XOR of neighbours. */
const XOR_FORM = 15;

const littleEndian = /* @__PURE__ */ isLittleEndian();
/** Which of the two words of a double in a `Uint32Array` is the higher one. */
export const HIGH_WORD = littleEndian ? 1 : 0;
export const LOW_WORD = 1 - HIGH_WORD;

let scaled: Float64Array | undefined;

/**
 * Writes a column of doubles, losing nothing. Values that are decimals of few places, which most metrics are, are
 * written as whole numbers: a counter at 15 s costs about a byte a sample, where the XOR of neighbours costs two
 * and a half. All others (and NaN, and stale markers, whose bits count) are written as Facebook's Gorilla does.
 */
export function writeFloats(writer: BitWriter, values: Float64Array, from: number, length: number): void {
  const decimals = decimalsOf(values, from, length);
  if (decimals === undefined) {
    writer.write(XOR_FORM, 4);
    writeXor(writer, values, from, length);
    return;
  }
  writer.write(decimals, 4);
  const factor = 10 ** decimals;
  if (scaled === undefined || scaled.length < length) scaled = new Float64Array(length);
  for (let i = 0; i < length; i++) scaled[i] = Math.round(values[from + i]! * factor);
  writeIntegers(writer, scaled, 0, length);
}

/** Reads a column of doubles into `out`, bit by bit as they were. */
export function readFloats(reader: BitReader, out: Float64Array, at: number, length: number): void {
  const form = reader.read(4);
  if (form === XOR_FORM) readXor(reader, out, at, length);
  else readIntegers(reader, out, at, length, 10 ** form);
}

/** Whether the value at an index is the stale marker. Only the bits tell; reading it as a number may change them. */
export function isStaleAt(words: Uint32Array, index: number): boolean {
  return words[2 * index + HIGH_WORD] === STALE_HIGH && words[2 * index + LOW_WORD] === STALE_LOW;
}

export function writeStaleAt(words: Uint32Array, index: number): void {
  words[2 * index + HIGH_WORD] = STALE_HIGH;
  words[2 * index + LOW_WORD] = STALE_LOW;
}

export function wordsOf(values: Float64Array): Uint32Array {
  return new Uint32Array(values.buffer, values.byteOffset, values.length * 2);
}

/** The fewest decimal places with which every value comes back exactly; `undefined` where there are none. */
function decimalsOf(values: Float64Array, from: number, length: number): number | undefined {
  let decimals = 0;
  for (let i = from; i < from + length; i++) {
    while (!isDecimal(values[i]!, 10 ** decimals)) {
      decimals++;
      if (decimals > MAX_DECIMALS) return undefined;
    }
  }
  if (decimals === 0) return 0;
  // More places may have taken an earlier value past the largest whole number.
  for (let i = from; i < from + length; i++) if (!isDecimal(values[i]!, 10 ** decimals)) return undefined;
  return decimals;
}

function isDecimal(value: number, factor: number): boolean {
  const whole = Math.round(value * factor);
  // A negative zero equals zero but is not the same: whole numbers would lose its sign.
  return Math.abs(whole) <= MAX_INTEGER && whole / factor === value && !Object.is(whole, -0);
}

function writeXor(writer: BitWriter, values: Float64Array, from: number, length: number): void {
  const words = wordsOf(values);
  let high = words[2 * from + HIGH_WORD]!;
  let low = words[2 * from + LOW_WORD]!;
  writer.write(high, 32);
  writer.write(low, 32);
  let leading = -1;
  let meaningful = 0;
  for (let i = from + 1; i < from + length; i++) {
    const xorHigh = (words[2 * i + HIGH_WORD]! ^ high) >>> 0;
    const xorLow = (words[2 * i + LOW_WORD]! ^ low) >>> 0;
    high = words[2 * i + HIGH_WORD]!;
    low = words[2 * i + LOW_WORD]!;
    if (xorHigh === 0 && xorLow === 0) {
      writer.write(0, 1);
      continue;
    }
    const zerosBefore = Math.min(31, xorHigh === 0 ? 32 + Math.clz32(xorLow) : Math.clz32(xorHigh));
    const zerosBehind = xorLow === 0 ? 32 + trailingZeros(xorHigh) : trailingZeros(xorLow);
    const fits = leading >= 0 && zerosBefore >= leading && zerosBehind >= 64 - leading - meaningful;
    // The window of before is used again unless a new one would save more than its own thirteen bits.
    if (fits && meaningful - (64 - zerosBefore - zerosBehind) < 13) {
      writer.write(2, 2);
    } else {
      leading = zerosBefore;
      meaningful = 64 - zerosBefore - zerosBehind;
      writer.write(3, 2);
      writer.write(leading, 5);
      writer.write(meaningful - 1, 6);
    }
    writeWindow(writer, xorHigh, xorLow, leading, meaningful);
  }
}

function readXor(reader: BitReader, out: Float64Array, at: number, length: number): void {
  const words = wordsOf(out);
  let high = reader.read(32);
  let low = reader.read(32);
  words[2 * at + HIGH_WORD] = high;
  words[2 * at + LOW_WORD] = low;
  let leading = 0;
  let meaningful = 0;
  for (let i = at + 1; i < at + length; i++) {
    if (reader.read(1) === 1) {
      if (reader.read(1) === 1) {
        leading = reader.read(5);
        meaningful = reader.read(6) + 1;
      }
      // The window counts from the highest bit; what lies in each word of it is shifted into its place.
      const inHigh = Math.max(0, Math.min(32, leading + meaningful) - leading);
      const inLow = meaningful - inHigh;
      if (inHigh > 0) high = (high ^ shiftLeft(reader.read(inHigh), 32 - leading - inHigh)) >>> 0;
      if (inLow > 0) low = (low ^ shiftLeft(reader.read(inLow), 64 - leading - meaningful)) >>> 0;
    }
    words[2 * i + HIGH_WORD] = high;
    words[2 * i + LOW_WORD] = low;
  }
}

function writeWindow(
  writer: BitWriter,
  high: number,
  low: number,
  leading: number,
  meaningful: number,
): void {
  const inHigh = Math.max(0, Math.min(32, leading + meaningful) - leading);
  const inLow = meaningful - inHigh;
  if (inHigh > 0) writer.write(high >>> (32 - leading - inHigh), inHigh);
  if (inLow > 0) writer.write(low >>> (64 - leading - meaningful), inLow);
}

function shiftLeft(value: number, by: number): number {
  return by >= 32 ? 0 : (value << by) >>> 0;
}

function trailingZeros(word: number): number {
  return 31 - Math.clz32(word & -word);
}

function isLittleEndian(): boolean {
  return new Uint8Array(new Uint32Array([1]).buffer)[0] === 1;
}
