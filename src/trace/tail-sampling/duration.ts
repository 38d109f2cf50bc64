/** Milliseconds in the units of Go's durations, the shortest last. */
const UNITS = { h: 3_600_000, m: 60_000, s: 1000, ms: 1, us: 1e-3, µs: 1e-3, ns: 1e-6 } as const;

/** Milliseconds of a duration as Go writes it (`1m30s`, `1.5h`, `0`); `undefined` for anything else. */
export function parseGoDuration(text: string): number | undefined {
  if (text === '0') return 0;
  if (!/^(\d+(\.\d*)?(h|ms|m|s|us|µs|ns))+$/.test(text)) return undefined;
  let ms = 0;
  for (const [, number, unit] of text.matchAll(/([\d.]+)([a-zµ]+)/g)) {
    ms += Number(number) * UNITS[unit as keyof typeof UNITS];
  }
  return ms;
}
