import { columns } from '../../common/terminal-text.js';
import type { FloatHistogram } from '../../query/histogram/histogram.js';
import { formatFixed, formatGeneral } from '../../query/numbers.js';

/** A value for a table: whole numbers whole, others to ten digits. `--json` has them all. */
export function valueText(value: number | FloatHistogram): string {
  if (typeof value !== 'number') return String(value);
  if (Number.isInteger(value) && Math.abs(value) < 1e15) return formatFixed(value);
  const rounded = Number(value.toPrecision(10));
  const size = Math.abs(rounded);
  return size >= 1e-4 && size < 1e15 ? formatFixed(rounded) : formatGeneral(rounded);
}

/** A value for an axis: about four digits, and a letter for thousands and beyond. */
export function shortText(value: number): string {
  const size = Math.abs(value);
  if (!Number.isFinite(value) || value === 0) return formatGeneral(value);
  if (size >= 1e15 || size < 1e-3) return value.toExponential(2).replace('e+', 'e');
  for (const [unit, letter] of UNITS) {
    // Ten thousand of something is written with the next letter, four digits without one.
    if (size >= unit * 10) return `${Number((value / unit).toPrecision(4))}${letter}`;
  }
  return String(Number(value.toPrecision(4)));
}

const UNITS: readonly (readonly [number, string])[] = [
  [1e12, 'T'],
  [1e9, 'G'],
  [1e6, 'M'],
  [1e3, 'k'],
];

/** Pads numbers so that their decimal points stand below one another, and all end at the right. */
export function alignNumbers(texts: readonly string[]): string[] {
  const fraction = (text: string): number => {
    const point = /^[-+]?\d*(\.\d+)?$/.exec(text);
    return point === null ? -1 : (point[1]?.length ?? 0);
  };
  const widest = Math.max(0, ...texts.map(fraction));
  // Words (NaN, +Inf), exponents and histograms have no point to align: they end at the right.
  const padded = texts.map((text) => {
    const own = fraction(text);
    return own === -1 ? text : text + ' '.repeat(widest - own);
  });
  const width = Math.max(0, ...padded.map(columns));
  return padded.map((text) => ' '.repeat(width - columns(text)) + text);
}
