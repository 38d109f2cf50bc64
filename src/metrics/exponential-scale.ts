/**
 * The arithmetic of exponential buckets, as OpenTelemetry's data model and Prometheus's native histograms have it.
 *
 * At a scale `s` the base is `2^(2^-s)`, and bucket `i` holds `(base^i, base^(i+1)]`. Prometheus counts the same
 * buckets from one: its index is greater by 1. Lowering the scale by one puts buckets `2i` and `2i + 1` together.
 *
 * Specification: https://opentelemetry.io/docs/specs/otel/metrics/data-model/#exponentialhistogram
 */
export const MIN_SCALE = -10;
export const MAX_SCALE = 20;

/** The scale up to which a table tells the bucket, and the finest that Prometheus has. */
export const TABLE_SCALE = 8;

/** The lower bound of a bucket, exclusive; that of the next one is its upper bound, inclusive. */
export function lowerBound(index: number, scale: number): number {
  if (scale <= 0) return 2 ** (index * 2 ** -scale);
  const steps = 2 ** scale;
  const octave = Math.floor(index / steps);
  // Whole powers of two come out exact this way, and a bound is the same number at each scale that has it.
  return 2 ** octave * 2 ** ((index - octave * steps) / steps);
}

/** The bucket of a positive, finite number. */
export function indexOf(value: number, scale: number): number {
  scratch[0] = value;
  let high = words[HIGH]!;
  let subnormal = 0;
  if (high < 0x100000) {
    // Too small to have an exponent of its own.
    scratch[0] = value * 2 ** 52;
    high = words[HIGH]!;
    subnormal = 52;
  }
  const exponent = (high >>> 20) - 1023 - subnormal;
  words[HIGH] = (high & 0xfffff) | 0x3ff00000;
  const mantissa = scratch[0]!;
  if (scale > TABLE_SCALE) return exponent * 2 ** scale + fineIndexOf(mantissa, 2 ** scale);
  // One look instead of a logarithm: 4 ns against 13 ns on one machine; and exact, which logarithms are not.
  table ??= makeTable();
  const { bounds, starts } = table;
  let index = starts[(high >>> 11) & 0x1ff]!;
  if (mantissa > bounds[index + 1]!) index++;
  return (exponent * 256 + index) >> (TABLE_SCALE - scale);
}

const scratch = /* @__PURE__ */ new Float64Array(1);
const words = /* @__PURE__ */ wordsOf(scratch);
/** Which of the two words holds the exponent. */
const HIGH = /* @__PURE__ */ highWord();

function wordsOf(numbers: Float64Array): Uint32Array {
  return new Uint32Array(numbers.buffer);
}

function highWord(): 0 | 1 {
  return new Uint8Array(new Uint16Array([1]).buffer)[0] === 1 ? 1 : 0;
}

interface Table {
  /** The 256 bounds of one octave, and its end. */
  readonly bounds: Float64Array;
  /** The bucket that each 512th of [1, 2) begins in. Each is narrower than any bucket, so at most one bound falls in it. */
  readonly starts: Int16Array;
}

let table: Table | undefined;

/** 3 KiB, made at the first use. */
function makeTable(): Table {
  const bounds = Float64Array.from({ length: 258 }, (_, i) => lowerBound(i, TABLE_SCALE));
  const starts = new Int16Array(512);
  let index = -1;
  for (let i = 0; i < starts.length; i++) {
    while (1 + i / 512 > bounds[index + 1]!) index++;
    starts[i] = index;
  }
  return { bounds, starts };
}

/** The bucket of a number from 1 up to 2, where an octave has more buckets than the table. */
function fineIndexOf(mantissa: number, steps: number): number {
  const index = Math.ceil(Math.log2(mantissa) * steps) - 1;
  // The logarithm may be off in its last digit.
  if (mantissa <= 2 ** (index / steps)) return index - 1;
  return mantissa > 2 ** ((index + 1) / steps) ? index + 1 : index;
}
