import { LineBuffer } from './line-buffer.js';
import { putValue } from './put-value.js';
import { quote } from './quote.js';

/** Kept between calls, unless a value grew it; there is none while it is in use. */
let scratch: LineBuffer | undefined;

/** Any value at all as one line of valid JSON, as `putValue` puts it. */
export function stringify(value: unknown): string {
  if (typeof value === 'string') return quote(value);
  const buffer = scratch ?? new LineBuffer();
  scratch = undefined;
  const end = putValue(buffer, 0, value);
  const text = buffer.bytes.toString('utf8', 0, end);
  if (end < 32_768) scratch = buffer;
  return text;
}
