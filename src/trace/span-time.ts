import type { HrTime, TimeInput } from '@opentelemetry/api';
import { type Clock, systemClock } from '../common/clock.js';

/** A moment as spans keep it: the clock's monotonic milliseconds, or the exact time that a caller gave. */
export type Moment = number | HrTime;

/**
 * Ties monotonic time to the wall clock. All spans of a trace in this process share one, so that their times
 * stay in order whatever happens to the host's clock meanwhile.
 */
export interface TimeAnchor {
  readonly clock: Clock;
  /** Wall-clock time, whole milliseconds since the Unix epoch … */
  readonly wall: number;
  /** … and the monotonic time at the same moment. */
  readonly monotonic: number;
}

/**
 * How long a new trace may use the anchor of the one before it, milliseconds. Reading the wall clock costs
 * 58 ns where a whole span costs 200 ns; the price of sharing is that a step of the host's clock is seen up to
 * a tenth of a second late. A clock that was handed in is asked for every trace, so tests see no such delay.
 */
const ANCHOR_LIFE = 100;

/** Hands out anchors to new traces. */
export class AnchorSource {
  declare readonly clock: Clock;
  readonly #life: number;
  #current: TimeAnchor | undefined;

  constructor(clock: Clock) {
    this.clock = clock;
    this.#life = clock === systemClock ? ANCHOR_LIFE : -1;
  }

  /** An anchor for a trace that begins at `now` of the monotonic clock. */
  at(now: number): TimeAnchor {
    const current = this.#current;
    if (current !== undefined && now - current.monotonic <= this.#life) return current;
    const clock = this.clock;
    this.#current = { clock, wall: Math.trunc(clock.now()), monotonic: now };
    return this.#current;
  }
}

/** The moment that a caller of the OpenTelemetry API means; nothing given, or nothing usable, means now. */
export function momentOf(input: TimeInput | undefined, clock: Clock): Moment {
  const now = clock.monotonic();
  if (isHrTime(input)) return [input[0], input[1]];
  const given = input instanceof Date ? input.getTime() : input;
  if (typeof given !== 'number' || !Number.isFinite(given)) return now;
  // As OpenTelemetry has it, a number that monotonic time has not passed yet is a time since the epoch.
  const isMonotonic = given === input && given >= 0 && given <= now;
  return isMonotonic ? given : hrTime(0, given);
}

/** Seconds and nanoseconds since the Unix epoch, exact to the nanosecond however far the epoch is. */
export function hrTimeOf(moment: Moment, anchor: TimeAnchor): HrTime {
  return typeof moment === 'number' ? hrTime(anchor.wall, moment - anchor.monotonic) : moment;
}

/** The time from one moment to a later one. */
export function hrDuration(start: HrTime, end: HrTime): HrTime {
  const seconds = end[0] - start[0];
  const nanoseconds = end[1] - start[1];
  return nanoseconds < 0 ? [seconds - 1, nanoseconds + 1e9] : [seconds, nanoseconds];
}

export function isBefore(end: HrTime, start: HrTime): boolean {
  return end[0] < start[0] || (end[0] === start[0] && end[1] < start[1]);
}

/** Whole milliseconds and further ones, which may have a fraction, as seconds and nanoseconds. */
function hrTime(wall: number, more: number): HrTime {
  const whole = Math.floor(more);
  const milliseconds = wall + whole;
  const seconds = Math.floor(milliseconds / 1000);
  const nanoseconds = (milliseconds - seconds * 1000) * 1e6 + Math.round((more - whole) * 1e6);
  return nanoseconds >= 1e9 ? [seconds + 1, nanoseconds - 1e9] : [seconds, nanoseconds];
}

/** Whether a value is a time as the API's `TimeInput` has it, rather than attributes. */
export function isTimeInput(value: unknown): value is TimeInput {
  return typeof value === 'number' || value instanceof Date || isHrTime(value);
}

function isHrTime(value: unknown): value is HrTime {
  return Array.isArray(value) && value.length === 2 && Number.isFinite(value[0]) && Number.isFinite(value[1]);
}
