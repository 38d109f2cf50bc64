import { TelltaleError } from '../../common/errors.js';
import type { YamlNode } from './yaml-node.js';

const DAY_MS = 86_400_000;

/** OpenSLO's duration shorthand. A month of a rolling window has 30 days, a quarter 90, a year 365. */
const UNITS: Readonly<Record<string, number>> = {
  m: 60_000,
  h: 3_600_000,
  d: DAY_MS,
  w: 7 * DAY_MS,
  M: 30 * DAY_MS,
  Q: 90 * DAY_MS,
  Y: 365 * DAY_MS,
};

/** A number and its unit: `4w`. */
export function shorthand(node: YamlNode): { count: number; unit: string; ms: number } {
  const accepted = 'a whole number and one of m, h, d, w, M, Q, Y, such as 4w';
  const match = /^([1-9]\d{0,8})([mhdwMQY])$/.exec(node.string(accepted));
  if (match === null) throw node.error(accepted);
  const count = Number(match[1]);
  return { count, unit: match[2]!, ms: count * UNITS[match[2]!]! };
}

/** The shortest text of so many milliseconds, which are whole minutes. */
export function toShorthand(ms: number): string {
  for (const unit of ['w', 'd', 'h', 'm']) {
    if (ms % UNITS[unit]! === 0) return `${ms / UNITS[unit]!}${unit}`;
  }
  throw new TelltaleError(
    `writeOpenSlo: ${ms / 1000}s cannot be said; accepted: whole minutes`,
    'objectives',
  );
}
