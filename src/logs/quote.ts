import { cutText } from './limits.js';

/** A string as JSON, cut to its limit. Half a surrogate pair is escaped, so that every line is valid UTF-8. */
export function quote(text: string): string {
  return JSON.stringify(cutText(text));
}
