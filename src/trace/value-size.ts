/** Roughly what an attribute's value holds in memory beyond its place: characters, and bytes of arrays. */
export function sizeOf(value: unknown): number {
  if (typeof value === 'string') return value.length;
  if (!Array.isArray(value)) return 0;
  let bytes = 8 * value.length;
  for (const element of value) if (typeof element === 'string') bytes += element.length;
  return bytes;
}
