/** The word of 32 bits that eight lower-case hex digits stand for, signed. */
export function hexWord(hex: string, from: number): number {
  let value = 0;
  for (let i = from; i < from + 8; i++) {
    const code = hex.charCodeAt(i);
    value = (value << 4) | (code < 58 ? code - 48 : code - 87);
  }
  return value;
}
