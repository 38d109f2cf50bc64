/**
 * Bytes that are not UTF-8 come into a JavaScript string as lone surrogates from U+DC80 on, one a byte, so that
 * they can be told and written again. (PromQL strings may hold any byte: `"\xff"`.)
 */
const ESCAPED_BYTE_BASE = 0xdc00;

/** The text of bytes, of which some may not be UTF-8. */
export function textFromBytes(bytes: readonly number[]): string {
  let text = '';
  let i = 0;
  while (i < bytes.length) {
    const length = sequenceLength(bytes, i);
    if (length === 0) {
      text += String.fromCharCode(ESCAPED_BYTE_BASE + bytes[i]!);
      i++;
    } else {
      text += String.fromCodePoint(codePoint(bytes, i, length));
      i += length;
    }
  }
  return text;
}

/** A text between double quotes with Go's escapes, as Prometheus prints strings (`%q`). */
export function quote(text: string): string {
  let out = '"';
  for (const character of text) {
    const code = character.codePointAt(0)!;
    if (character === '"' || character === '\\') out += `\\${character}`;
    else if (code >= 0xdc80 && code <= 0xdcff) out += `\\x${(code - ESCAPED_BYTE_BASE).toString(16)}`;
    else if (code >= 0xd800 && code <= 0xdfff) out += '\ufffd';
    else if (code < 0x20 || (code >= 0x7f && code < 0xa0)) out += escapeControl(code);
    else out += character;
  }
  return `${out}"`;
}

function escapeControl(code: number): string {
  const short = '\x07a\bb\tt\nn\vv\ff\rr';
  const at = short.indexOf(String.fromCharCode(code));
  if (at !== -1 && at % 2 === 0) return `\\${short[at + 1]}`;
  return code < 0x80
    ? `\\x${code.toString(16).padStart(2, '0')}`
    : `\\u${code.toString(16).padStart(4, '0')}`;
}

/** How many bytes the UTF-8 sequence at `i` has; 0 where there is no valid one. */
function sequenceLength(bytes: readonly number[], i: number): number {
  const first = bytes[i]!;
  if (first < 0x80) return 1;
  const length = first >= 0xc2 && first < 0xe0 ? 2 : first >= 0xe0 && first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
  if (first < 0xc2 || length === 0 || i + length > bytes.length) return 0;
  for (let k = 1; k < length; k++) if ((bytes[i + k]! & 0xc0) !== 0x80) return 0;
  const code = codePoint(bytes, i, length);
  const smallest = length === 3 ? 0x800 : length === 4 ? 0x10000 : 0x80;
  return code < smallest || code > 0x10ffff || (code >= 0xd800 && code < 0xe000) ? 0 : length;
}

function codePoint(bytes: readonly number[], i: number, length: number): number {
  if (length === 1) return bytes[i]!;
  let code = bytes[i]! & (0xff >> (length + 1));
  for (let k = 1; k < length; k++) code = (code << 6) | (bytes[i + k]! & 0x3f);
  return code;
}
