/** Matches are looked for within blocks of this size, so that every distance fits two bytes. */
const BLOCK = 65_536;
const TABLE_BITS = 14;
/** The four bytes at a place are compared at once. */
const LEAST_MATCH = 4;
/** The last bytes of a block are not looked at: reading four must not leave it. */
const MARGIN = 15;

/**
 * Compresses bytes in snappy's block format, which Prometheus remote write asks for. Quick rather than small: each
 * place is looked up in a table of where the same four bytes were last, and what does not compress is skipped in
 * growing steps.
 *
 * Format: https://github.com/google/snappy/blob/main/format_description.txt
 */
export function snappy(input: Uint8Array): Uint8Array {
  // Literals of at most a block take three bytes more, and a match never takes more than what it stands for.
  const output = new Uint8Array(
    input.length + Math.ceil(input.length / BLOCK) * 4 + 16 + (input.length >> 5),
  );
  let at = 0;
  let rest = input.length;
  while (rest > 127) {
    output[at++] = (rest & 127) | 128;
    rest = Math.floor(rest / 128);
  }
  output[at++] = rest;
  const table = new Uint16Array(1 << TABLE_BITS);
  for (let start = 0; start < input.length; start += BLOCK) {
    at = block(input, start, Math.min(start + BLOCK, input.length), output, at, table);
  }
  return output.subarray(0, at);
}

function block(
  input: Uint8Array,
  start: number,
  end: number,
  output: Uint8Array,
  begun: number,
  table: Uint16Array,
): number {
  let at = begun;
  let literal = start;
  if (end - start > MARGIN) {
    table.fill(0);
    const last = end - MARGIN;
    let place = start + 1;
    let misses = 32;
    while (place < last) {
      const bytes = fourAt(input, place);
      const slot = Math.imul(bytes, 0x1e35a7bd) >>> (32 - TABLE_BITS);
      // An empty slot says the block's start, which is a place like any other.
      const before = start + table[slot]!;
      table[slot] = place - start;
      if (fourAt(input, before) !== bytes) {
        place += misses++ >> 5;
        continue;
      }
      let length = LEAST_MATCH;
      while (place + length < end && input[before + length] === input[place + length]) length++;
      at = writeLiteral(input, literal, place, output, at);
      at = writeCopy(place - before, length, output, at);
      place += length;
      literal = place;
      misses = 32;
    }
  }
  return writeLiteral(input, literal, end, output, at);
}

function fourAt(input: Uint8Array, at: number): number {
  return input[at]! | (input[at + 1]! << 8) | (input[at + 2]! << 16) | (input[at + 3]! << 24);
}

/** A tag with the length less one in six bits, or with how many bytes it takes to say it. */
function writeLiteral(
  input: Uint8Array,
  from: number,
  to: number,
  output: Uint8Array,
  begun: number,
): number {
  const length = to - from;
  if (length === 0) return begun;
  let at = begun;
  const less = length - 1;
  if (less < 60) output[at++] = less << 2;
  else if (less < 256) {
    output[at++] = 60 << 2;
    output[at++] = less;
  } else {
    output[at++] = 61 << 2;
    output[at++] = less & 255;
    output[at++] = less >> 8;
  }
  output.set(input.subarray(from, to), at);
  return at + length;
}

/** Copies of at most 64 bytes each; a short one that is not far away takes a byte less. */
function writeCopy(distance: number, length: number, output: Uint8Array, begun: number): number {
  let at = begun;
  let left = length;
  while (left > 0) {
    // Nothing shorter than four bytes may be left over.
    const now = left > 64 ? (left < 68 ? 60 : 64) : left;
    if (now < 12 && distance < 2048) {
      output[at++] = ((distance >> 8) << 5) | ((now - 4) << 2) | 1;
      output[at++] = distance & 255;
    } else {
      output[at++] = ((now - 1) << 2) | 2;
      output[at++] = distance & 255;
      output[at++] = distance >> 8;
    }
    left -= now;
  }
  return at;
}
