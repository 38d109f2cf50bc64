import type { ChartPoint } from './chart.js';

const BLOCKS = '▁▂▃▄▅▆▇█';

/** A chart of one line: the mean of what falls into each column, blank where nothing does. */
export function sparkline(
  points: readonly ChartPoint[],
  { start, end, step }: { start: number; end: number; step: number },
  width: number,
): string {
  const count = Math.min(width, Math.floor((end - start) / step) + 1);
  const sums = new Float64Array(count);
  const counts = new Uint32Array(count);
  for (const { time, value } of points) {
    const column = end === start ? 0 : Math.round(((time - start) / (end - start)) * (count - 1));
    sums[column]! += value;
    counts[column]!++;
  }
  const means = Array.from(sums, (sum, i) => (counts[i] === 0 ? undefined : sum / counts[i]!));
  const known = means.filter((mean) => mean !== undefined);
  const low = Math.min(...known);
  const high = Math.max(...known);
  const drawn = means.map((mean) => {
    if (mean === undefined) return ' ';
    // A level line runs at a third of the height: neither nothing nor everything.
    return BLOCKS[low === high ? 2 : Math.round(((mean - low) / (high - low)) * (BLOCKS.length - 1))];
  });
  return drawn.join('').padEnd(width);
}
