const MINUTE = 60_000;
const DAY = 1440 * MINUTE;
/** Distances between ticks that people count in. */
const DISTANCES = [
  ...[1000, 2000, 5000, 10_000, 15_000, 30_000],
  ...[1, 2, 5, 10, 15, 20, 30, 60, 120, 180, 240, 360, 720].map((minutes) => minutes * MINUTE),
  ...[1, 2, 7, 14, 28, 91, 182, 365].map((days) => days * DAY),
];

/** A time axis of so many columns: a line with ticks at round moments (UTC), and what stands below the ticks. */
export function timeAxis(start: number, end: number, width: number): { ticks: string; labels: string } {
  const ticks = new Array<string>(width).fill('─');
  const labels = new Array<string>(width + 8).fill(' ');
  const span = end - start;
  const wanted = (span / width) * 12;
  const distance = DISTANCES.find((ms) => ms >= wanted) ?? Math.ceil(wanted / DAY) * DAY;
  let free = 0;
  for (let time = Math.ceil(start / distance) * distance; time <= end; time += distance) {
    const column = span === 0 ? 0 : Math.round(((time - start) / span) * (width - 1));
    const text = label(time, distance);
    const from = Math.max(0, column - Math.floor(text.length / 2));
    ticks[column] = '┴';
    if (from < free || from + text.length > labels.length) continue;
    for (let i = 0; i < text.length; i++) labels[from + i] = text[i]!;
    free = from + text.length + 2;
    if (span === 0) break;
  }
  return { ticks: ticks.join(''), labels: labels.join('').trimEnd() };
}

function label(time: number, distance: number): string {
  const iso = new Date(time).toISOString();
  if (distance >= DAY || time % DAY === 0) return iso.slice(5, 10);
  return distance < MINUTE ? iso.slice(11, 19) : iso.slice(11, 16);
}

/** `2026-11-21 21:45:00 UTC`, with milliseconds where there are any. */
export function momentText(time: number): string {
  const date = new Date(time);
  if (Number.isNaN(date.getTime())) return `${time / 1000} s`;
  return `${date
    .toISOString()
    .replace('T', ' ')
    .replace('Z', '')
    .replace(/\.000$/, '')} UTC`;
}
