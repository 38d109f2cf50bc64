/**
 * Where the last eight digits of the ids stand in what `traceIds` makes: `,"trace_id":"…","span_id":"…",…`.
 * The last ones, because samplers look at the first and W3C's random flag speaks of the last.
 */
export const TRACE_WORD_AT = 13 + 24;
export const SPAN_WORD_AT = 58 + 8;

/** Eight hexadecimal digits as a number that is never 0. */
export function hexWord(digits: Uint8Array, at: number): number {
  let word = 0;
  for (let i = at; i < at + 8; i++) {
    const unit = digits[i]!;
    // 0 to 9 are 0x30 to 0x39, a to f are 0x61 to 0x66.
    word = (word << 4) | ((unit & 15) + (unit >> 6) * 9);
  }
  return word === 0 ? 1 : word;
}

/** The same of the end of an id. */
export function idWord(id: string): number {
  const digits = Buffer.from(id.slice(-8));
  return digits.length === 8 ? hexWord(digits, 0) : 0;
}
