import type { BitReader, BitWriter } from './bits.js';
import { unzigzag, zigzag } from './bits.js';

/** Magnitudes up to here keep every difference of differences below 2^53, where doubles are exact. */
export const MAX_INTEGER = 2 ** 49;

/** A quotient of this many ones is followed by the whole number itself. */
const ESCAPE = 20;
const ESCAPED_BITS = 53;
/** In place of the parameter: every residual is zero, and none is written. */
const REGULAR = 63;
const ESCAPE_ONES = 2 ** ESCAPE - 1;
/** Powers of two by their exponents: a look-up costs a fraction of `**`. */
const POWERS: Float64Array = /* @__PURE__ */ Float64Array.from(
  { length: 64 },
  (_, exponent) => 2 ** exponent,
);

interface Residuals {
  readonly drift: Float64Array;
  readonly second: Float64Array;
}

/** Scratch for the residuals of one column, made at the first use. */
let buffers: Residuals | undefined;

/**
 * Writes a column of whole numbers: the first, and then each as what differs from a prediction. Two predictions
 * are tried: a steady drift (`previous + drift`, times and counters) and the last step again (`previous + last
 * step`). The residuals are Rice-coded, which is close to the least possible for noise; a regular column costs
 * nothing but its header.
 */
export function writeIntegers(writer: BitWriter, values: Float64Array, from: number, length: number): void {
  writer.writeVar(values[from]!);
  if (length === 1) return;
  const { drift: steady, second } = residualBuffers(length);
  const drift = Math.round((values[from + length - 1]! - values[from]!) / (length - 1));
  let steadySum = 0;
  let secondSum = 0;
  let lastStep = drift;
  for (let i = 1; i < length; i++) {
    const step = values[from + i]! - values[from + i - 1]!;
    const a = zigzag(step - drift);
    const b = zigzag(step - lastStep);
    lastStep = step;
    steady[i] = a;
    second[i] = b;
    steadySum += a;
    secondSum += b;
  }
  const useSecond = secondSum < steadySum;
  const residuals = useSecond ? second : steady;
  const sum = useSecond ? secondSum : steadySum;
  writer.write(useSecond ? 1 : 0, 1);
  writer.writeVar(drift);
  if (sum === 0) {
    writer.write(REGULAR, 6);
    return;
  }
  const k = bestParameter(residuals, length, sum / (length - 1));
  writer.write(k, 6);
  for (let i = 1; i < length; i++) writeRice(writer, residuals[i]!, k);
}

/** Reads a column of `length` whole numbers into `out` from `at` on, each divided by `scale`. */
export function readIntegers(
  reader: BitReader,
  out: Float64Array,
  at: number,
  length: number,
  scale = 1,
): void {
  let value = reader.readVar();
  out[at] = value / scale;
  if (length === 1) return;
  const second = reader.read(1) === 1;
  let step = reader.readVar();
  const k = reader.read(6);
  if (k === REGULAR) {
    for (let i = 1; i < length; i++) {
      value += step;
      out[at + i] = value / scale;
    }
    return;
  }
  for (let i = 1; i < length; i++) {
    const residual = unzigzag(readRice(reader, k));
    if (second) {
      step += residual;
      value += step;
    } else {
      value += step + residual;
    }
    out[at + i] = value / scale;
  }
}

function residualBuffers(length: number): Residuals {
  if (buffers === undefined || buffers.drift.length < length) {
    buffers = { drift: new Float64Array(length), second: new Float64Array(length) };
  }
  return buffers;
}

/** The parameter with the fewest bits among the one that the mean suggests and its neighbours. */
function bestParameter(residuals: Float64Array, length: number, mean: number): number {
  const guess = Math.max(0, Math.floor(Math.log2(mean + 1)));
  let best = guess;
  let fewest = Infinity;
  for (let k = Math.max(0, guess - 1); k <= guess + 1; k++) {
    const share = 1 / POWERS[k]!;
    let bits = (length - 1) * (k + 1);
    for (let i = 1; i < length; i++) {
      const quotient = Math.floor(residuals[i]! * share);
      bits += quotient < ESCAPE ? quotient : ESCAPE + ESCAPED_BITS;
    }
    if (bits < fewest) {
      fewest = bits;
      best = k;
    }
  }
  return best;
}

/** The quotient by 2^k in ones and a zero, and the remainder in k bits. */
function writeRice(writer: BitWriter, value: number, k: number): void {
  const quotient = Math.floor(value / POWERS[k]!);
  if (quotient >= ESCAPE) {
    writer.write(ESCAPE_ONES, ESCAPE);
    writer.writeLong(value, ESCAPED_BITS);
    return;
  }
  const remainder = value - quotient * POWERS[k]!;
  const length = quotient + 1 + k;
  if (length <= 32) {
    writer.write((((2 << quotient) - 2) * POWERS[k]! + remainder) >>> 0, length);
    return;
  }
  writer.write((2 << quotient) - 2, quotient + 1);
  writer.writeLong(remainder, k);
}

function readRice(reader: BitReader, k: number): number {
  const word = reader.peek();
  const quotient = Math.clz32(~word);
  if (quotient >= ESCAPE) {
    reader.skip(ESCAPE);
    return reader.readLong(ESCAPED_BITS);
  }
  const length = quotient + 1 + k;
  if (length <= 32) {
    reader.skip(length);
    return k === 0 ? quotient : quotient * POWERS[k]! + ((word << (quotient + 1)) >>> (32 - k));
  }
  reader.skip(quotient + 1);
  return quotient * POWERS[k]! + reader.readLong(k);
}
