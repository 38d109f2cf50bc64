/** Whether a text is an id: so many lower-case hex digits, not all zero. */
export function isHexId(text: unknown, length: number): text is string {
  return typeof text === 'string' && text.length === length && isHexAt(text, 0, length);
}

/**
 * Whether there are `length` lower-case hex digits from `start`, not all of them zero. Without branches for each:
 * a processor cannot foresee whether a digit of an id is a letter, and took three times as long.
 */
export function isHexAt(text: string, start: number, length: number): boolean {
  if (start + length > text.length) return false;
  let different = 0;
  // The sign says: neither between 0 and 9 nor between a and f.
  let outside = 0;
  for (let i = start; i < start + length; i++) {
    const code = text.charCodeAt(i);
    different |= code ^ 48;
    outside |= ((code - 48) | (57 - code)) & ((code - 97) | (102 - code));
  }
  return outside >= 0 && different !== 0;
}
