/** Milliseconds in each unit of a Prometheus duration, from the longest. */
const UNITS: readonly (readonly [string, number])[] = [
  ['y', 365 * 86_400_000],
  ['w', 7 * 86_400_000],
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
  ['ms', 1],
];
const DURATION = /^(?:(\d+)y)?(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?$/;
/** Prometheus keeps durations as 64-bit nanoseconds: some 292 years. */
export const MAX_DURATION_MS = 9_223_372_036_854;

/** Milliseconds of a duration such as `5m`, `1h30m` or `0`; `undefined` where it is none, or is too long. */
export function parseDuration(text: string): number | undefined {
  if (text === '0') return 0;
  const match = text === '' ? null : DURATION.exec(text);
  if (match === null) return undefined;
  let ms = 0;
  for (const [index, [, unit]] of UNITS.entries()) ms += Number(match[index + 1] ?? 0) * unit;
  return ms <= MAX_DURATION_MS ? ms : undefined;
}

/** The shortest text that `parseDuration` reads as this many milliseconds: `1h30m`, `5m`, `0s`. */
export function formatDuration(ms: number): string {
  if (ms === 0) return '0s';
  let rest = Math.abs(Math.trunc(ms));
  let text = ms < 0 ? '-' : '';
  for (const [unit, length] of UNITS) {
    // Years and weeks only where nothing is left over, so that 8 days are `8d` and not `1w1d`.
    if ((unit === 'y' || unit === 'w' || unit === 'd') && rest % length !== 0 && unit !== 'd') continue;
    const count = Math.floor(rest / length);
    if (count > 0) text += `${count}${unit}`;
    rest -= count * length;
  }
  return text;
}
