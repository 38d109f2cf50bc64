import { truncate } from '../common/attributes.js';

/**
 * What one line may hold at most. All of these cut the line, never the caller's values; what is cut says so in
 * the line itself.
 */

/** Objects and arrays nested deeper are written as `"[Object]"`, `"[Array]"`. */
export const MAX_DEPTH = 10;

/** Keys of one object, members of one array; the rest is counted under the key `...`. */
export const MAX_WIDTH = 1000;

/** UTF-16 units of one string; the rest is counted at its end. */
export const MAX_STRING = 32_768;

/** UTF-16 units of the nested part of one field, about; wide and deep must not multiply. */
export const MAX_TEXT = 262_144;

/** Bytes after which a line takes no further field. */
export const MAX_LINE = 1_048_576;

/** A string within the limit, never ending in half a surrogate pair. */
export function cutText(text: string): string {
  const cut = truncate(text, MAX_STRING);
  return cut === text ? text : `${cut}[${text.length - cut.length} more characters]`;
}
