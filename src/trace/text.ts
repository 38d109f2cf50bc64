/** A text for a value that should have been one; never throws, whatever the value does when read. */
export function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  try {
    return String(value);
  } catch {
    return 'a value that cannot be read';
  }
}
