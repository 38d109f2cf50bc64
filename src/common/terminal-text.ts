/** Text for a terminal: colours, columns, and nothing in it that could steer the terminal. */

const CODES = {
  bold: 1,
  dim: 2,
  red: 31,
  green: 32,
  yellow: 33,
  blue: 34,
  magenta: 35,
  cyan: 36,
} as const;

export type Style = keyof typeof CODES;

export type Paint = (style: Style, text: string) => string;

export function painter(colors: boolean): Paint {
  if (!colors) return (_style, text) => text;
  return (style, text) => (text === '' ? '' : `\u001b[${CODES[style]}m${text}\u001b[0m`);
}

/** One line of plain text: control characters, which could move the cursor or worse, are shown, not sent. */
export function plain(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, (character) => {
    if (character === '\n') return '⏎';
    if (character === '\t') return ' ';
    return '�';
  });
}

/** Columns that a plain text takes: two for East Asian wide characters and emoji, none for what combines. */
export function columns(text: string): number {
  if (/^[\x20-\x7e]*$/.test(text)) return text.length;
  let width = 0;
  for (const character of text) width += columnsOf(character);
  return width;
}

/** Cuts a plain text to so many columns, with an ellipsis where something is missing. */
export function clip(text: string, width: number): string {
  if (columns(text) <= width) return text;
  let kept = '';
  let used = 0;
  for (const character of text) {
    const own = columnsOf(character);
    if (used + own > width - 1) break;
    kept += character;
    used += own;
  }
  return width > 0 ? `${kept}…` : '';
}

/** `420 µs`, `9.31 ms`, `412 ms`, `1.23 s`, `2 m 03 s`: about three figures, nine columns at most. */
export function duration(ms: number): string {
  if (!Number.isFinite(ms)) return '?';
  if (ms < 0.9995) return `${Math.round(ms * 1000)} µs`;
  if (ms < 9.995) return `${ms.toFixed(2)} ms`;
  if (ms < 99.95) return `${ms.toFixed(1)} ms`;
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  if (ms < 59_995) return `${(ms / 1000).toFixed(2)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 3600) return twoParts(seconds, 'm', 's');
  const minutes = Math.round(ms / 60_000);
  return minutes < 6000 ? twoParts(minutes, 'h', 'm') : `${Math.round(minutes / 1440)} d`;
}

function twoParts(small: number, largeUnit: string, smallUnit: string): string {
  return `${Math.floor(small / 60)} ${largeUnit} ${String(small % 60).padStart(2, '0')} ${smallUnit}`;
}

function columnsOf(character: string): number {
  if (/^(?:\p{Mn}|\p{Me}|\u200d)$/u.test(character)) return 0;
  if (/^\p{Emoji_Presentation}$/u.test(character)) return 2;
  const code = character.codePointAt(0)!;
  const wide =
    (code >= 0x1100 && code <= 0x115f) ||
    (code >= 0x2e80 && code <= 0xa4cf) ||
    (code >= 0xac00 && code <= 0xd7a3) ||
    (code >= 0xf900 && code <= 0xfaff) ||
    (code >= 0xfe30 && code <= 0xfe6f) ||
    (code >= 0xff00 && code <= 0xff60) ||
    (code >= 0x20000 && code <= 0x3fffd);
  return wide ? 2 : 1;
}
