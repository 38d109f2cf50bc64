import type { TraceIdentity } from '../ids.js';

/** Hexadecimal digits that a threshold is rounded to, after those that are all `f`: what OpenTelemetry advises. */
const PRECISION = 4;
/** The least probability that 56 bits can say. */
const LEAST = 2 ** -56;

/**
 * The rejection threshold of OpenTelemetry's consistent probability sampling: of 2^56 equally likely traces, so
 * many are dropped. A trace is kept where the last 56 bits of its id, or the random value that travels with it
 * (`rv`), are no less.
 *
 * In two parts, for a double cannot hold 56 bits: the upper 24 and the lower 32.
 *
 * Specification: https://opentelemetry.io/docs/specs/otel/trace/tracestate-probability-sampling/
 */
export class Threshold {
  /** As `th` writes it: hexadecimal, without the zeros at its end. */
  readonly text: string;
  readonly #high: number;
  readonly #low: number;

  private constructor(text: string) {
    this.text = text;
    const digits = text.padEnd(14, '0');
    this.#high = Number.parseInt(digits.slice(0, 6), 16);
    this.#low = Number.parseInt(digits.slice(6), 16);
  }

  /** That of a probability from 0 to 1, rounded; `undefined` where that is too small to keep any trace. */
  static of(probability: number): Threshold | undefined {
    if (!(probability >= LEAST)) return undefined;
    const exponent = Math.floor(Math.log2(probability)) + 1;
    const digits = Math.max(1, Math.min(12, PRECISION + Math.floor(-exponent / 4)));
    const steps = 16 ** digits;
    const rejected = Math.min(steps - 1, Math.round((1 - probability) * steps));
    return new Threshold(rejected.toString(16).padStart(digits, '0').replace(/0+$/, '') || '0');
  }

  /** What a `th` says, or nothing where it is none. */
  static parse(text: string | undefined): Threshold | undefined {
    return text !== undefined && /^[0-9a-fA-F]{1,14}$/.test(text) ? new Threshold(text) : undefined;
  }

  get probability(): number {
    return 1 - (this.#high * 2 ** 32 + this.#low) / 2 ** 56;
  }

  /** Whether a trace is kept: by `rv`, its 14 hexadecimal digits, where there are any, else by its id. */
  keeps(trace: TraceIdentity, rv: string | undefined): boolean {
    let high: number;
    let low: number;
    if (rv === undefined) {
      if (trace.text !== undefined && trace.word3 === 0 && !parseWords(trace, trace.text)) return false;
      high = trace.word2 & 0xffffff;
      low = trace.word3 >>> 0;
    } else {
      high = Number.parseInt(rv.slice(0, 6), 16);
      low = Number.parseInt(rv.slice(6), 16);
    }
    return high > this.#high || (high === this.#high && low >= this.#low);
  }
}

/**
 * Reads the last two words of an id that came as text; they are 0 until then. False where it is no id: the digits
 * that count are looked at in the same pass, for asking first whether it is one took half of a decision's time.
 */
function parseWords(trace: TraceIdentity, hex: string): boolean {
  if (hex.length !== 32) return false;
  let word = 0;
  let all = 0;
  for (let i = 16; i < 32; i++) {
    if (i === 24) trace.word2 = word;
    const code = hex.charCodeAt(i);
    const digit = code < 58 ? code - 48 : code - 87;
    all |= digit;
    word = (word << 4) | digit;
  }
  if (all < 0 || all > 15) return false;
  trace.word3 = word;
  return true;
}
