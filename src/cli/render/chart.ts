import type { Paint } from '../../common/terminal-text.js';
import { shortText } from './numbers.js';
import { timeAxis } from './time-axis.js';

/** A finite value at a moment, in milliseconds. */
export interface ChartPoint {
  readonly time: number;
  readonly value: number;
}

export interface ChartOptions {
  readonly start: number;
  readonly end: number;
  readonly step: number;
  /** Columns of the whole chart, axis and labels included. */
  readonly columns: number;
  readonly rows: number;
  readonly paint: Paint;
}

/** Dots of a Braille character, by column and row: each is a pixel. */
const DOTS = [
  [0x01, 0x02, 0x04, 0x40],
  [0x08, 0x10, 0x20, 0x80],
] as const;

/** Draws a line through points, its range of values at the left and the times below. Gaps stay gaps. */
export function renderChart(points: readonly ChartPoint[], options: ChartOptions): string {
  const { start, end, step, rows, paint } = options;
  const [low, high] = bounds(points);
  const marks = new Map([
    [0, shortText(high)],
    [rows - 1, shortText(low)],
  ]);
  if (rows >= 5 && rows % 2 === 1) marks.set((rows - 1) / 2, shortText((low + high) / 2));
  const gutter = Math.max(...[...marks.values()].map((text) => text.length));
  const width = Math.max(10, options.columns - gutter - 3);

  const canvas = new Uint8Array(width * rows);
  const dot = (x: number, y: number): void => {
    canvas[(y >> 2) * width + (x >> 1)]! |= DOTS[x & 1]![y & 3]!;
  };
  const xOf = (time: number): number =>
    end === start ? 0 : Math.round(((time - start) / (end - start)) * (2 * width - 1));
  const yOf = (value: number): number => Math.round(((high - value) / (high - low)) * (4 * rows - 1));
  let last: ChartPoint | undefined;
  for (const point of points) {
    const joined = last !== undefined && point.time - last.time <= 1.5 * step;
    if (joined) line(xOf(last!.time), yOf(last!.value), xOf(point.time), yOf(point.value), dot);
    else dot(xOf(point.time), yOf(point.value));
    last = point;
  }

  let text = '';
  for (let row = 0; row < rows; row++) {
    const mark = marks.get(row);
    const cells = canvas.subarray(row * width, (row + 1) * width);
    const drawn = Array.from(cells, (bits) => (bits === 0 ? ' ' : String.fromCharCode(0x2800 + bits)));
    const axis = `${(mark ?? '').padStart(gutter)} ${mark === undefined ? '│' : '┤'}`;
    text += `${paint('dim', axis)}${paint('cyan', drawn.join('').trimEnd())}\n`;
  }
  const { ticks, labels } = timeAxis(start, end, width);
  const indent = ' '.repeat(gutter + 1);
  return `${text}${paint('dim', `${indent}└${ticks}`)}\n${paint('dim', `${indent} ${labels}`)}\n`;
}

/** The least and the greatest value; a little around it where all are the same. */
function bounds(points: readonly ChartPoint[]): [low: number, high: number] {
  let low = Infinity;
  let high = -Infinity;
  for (const { value } of points) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  if (low < high) return [low, high];
  const around = low === 0 ? 1 : Math.abs(low) / 10;
  return [low - around, low + around];
}

/** Bresenham's line. */
function line(x0: number, y0: number, x1: number, y1: number, dot: (x: number, y: number) => void): void {
  const dx = Math.abs(x1 - x0);
  const dy = -Math.abs(y1 - y0);
  const sx = x0 < x1 ? 1 : -1;
  const sy = y0 < y1 ? 1 : -1;
  let [x, y, error] = [x0, y0, dx + dy];
  for (;;) {
    dot(x, y);
    if (x === x1 && y === y1) return;
    const twice = 2 * error;
    if (twice >= dy) {
      error += dy;
      x += sx;
    }
    if (twice <= dx) {
      error += dx;
      y += sy;
    }
  }
}
