import { parseDuration } from '../query/duration.js';
import { UsageError } from './command.js';

const NUMBER = /^\d+(\.\d+)?$/;

/**
 * Reads a moment, in milliseconds since the epoch: `now`, `-15m` (before now), seconds since the epoch, or a date
 * (RFC 3339).
 */
export function parseMoment(option: string, text: string, now: number): number {
  if (text === 'now') return now;
  const back = text.startsWith('-') ? parseDuration(text.slice(1)) : undefined;
  const ms = back !== undefined ? now - back : NUMBER.test(text) ? Number(text) * 1000 : Date.parse(text);
  if (Number.isFinite(ms)) return Math.round(ms);
  const accepted = 'now, -15m, seconds since 1970, or a date such as 2026-11-21T21:45:00Z';
  throw new UsageError(`--${option} is ${JSON.stringify(text)}; accepted: ${accepted}`);
}

/** Reads a length of time, in milliseconds: `15s`, `1h30m`, or seconds. */
export function parseLength(option: string, text: string): number {
  const ms = NUMBER.test(text) ? Number(text) * 1000 : parseDuration(text);
  if (ms !== undefined && ms > 0) return ms;
  throw new UsageError(
    `--${option} is ${JSON.stringify(text)}; accepted: a duration such as 15s or 1h30m, or seconds`,
  );
}

/** Seconds of steps that read well on a time axis. */
const STEPS = [1, 2, 5, 10, 15, 20, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200];

/** A step, in milliseconds, that cuts a range into about so many points. */
export function stepFor(range: number, points: number): number {
  const wanted = range / 1000 / points;
  const step = STEPS.find((seconds) => seconds >= wanted) ?? Math.ceil(wanted / 86_400) * 86_400;
  return step * 1000;
}
