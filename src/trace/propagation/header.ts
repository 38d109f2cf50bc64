/** The text of a header that may have been sent several times; `undefined` where there is none. */
export function headerText(header: unknown): string | undefined {
  if (typeof header === 'string') return header;
  if (!Array.isArray(header)) return undefined;
  return header.filter((part) => typeof part === 'string').join(',');
}

/** A text without the spaces and tabs around it: what HTTP calls optional white space, and no more. */
export function trimmed(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isSpace(text.charCodeAt(start))) start++;
  while (end > start && isSpace(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}

function isSpace(code: number): boolean {
  return code === 32 || code === 9;
}

/** The text of a header that may be sent only once; `undefined` where there is none, or more than one. */
export function singleHeader(header: unknown): string | undefined {
  const only: unknown = Array.isArray(header) && header.length === 1 ? header[0] : header;
  return typeof only === 'string' ? trimmed(only) : undefined;
}
