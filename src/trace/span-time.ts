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
    let current = this.#current;
    if (current === undefined || now - current.monotonic > this.#life) {
      const clock = this.clock;
      this.#current = current = { clock, wall: Math.trunc(clock.now()), monotonic: now };
    }
    return current;
  }
}

/** The moment that a caller of the OpenTelemetry API means; nothing given, or nothing usable, means now. */
export function momentOf(input: TimeInput | undefined, clock: Clock): Moment {
  const now = clock.monotonic();
  if (Array.isArray(input)) {
    const [seconds, nanoseconds] = input;
    return Number.isFinite(seconds) && Number.isFinite(nanoseconds) ? [seconds, nanoseconds] : now;
  }
  const given = input instanceof Date ? input.getTime() : input;
  if (given === undefined || !Number.isFinite(given)) return now;
  // As OpenTelemetry has it, a number that monotonic time has not passed yet is a time since the epoch.
  const isMonotonic = given === input && given >= 0 && given <= now;
  return isMonotonic ? given : hrTime(0, given);
}

/** Seconds and nanoseconds since the Unix epoch, exact to the nanosecond however far the epoch is. */
export function hrTimeOf(moment: Moment, anchor: TimeAnchor): HrTime {
  return typeof moment === 'number' ? hrTime(anchor.wall, moment - anchor.monotonic) : moment;
}

/** The time from one moment to another; its seconds are negative where the other is the earlier one. */
export function hrDuration(start: HrTime, end: HrTime): HrTime {
  return carried(end[0] - start[0], end[1] - start[1]);
}

/** Whole milliseconds and further ones, which may have a fraction, as seconds and nanoseconds. */
function hrTime(wall: number, more: number): HrTime {
  const whole = Math.floor(more);
  const milliseconds = wall + whole;
  const seconds = Math.floor(milliseconds / 1000);
  return carried(seconds, (milliseconds - seconds * 1000) * 1e6 + Math.round((more - whole) * 1e6));
}

/** Seconds and nanoseconds, of which there may be a second too many or too few. */
function carried(seconds: number, nanoseconds: number): HrTime {
  const carry = Math.floor(nanoseconds / 1e9);
  return [seconds + carry, nanoseconds - carry * 1e9];
}

/** Whether a value is meant as a time, as the API's `TimeInput` has it, rather than as attributes. */
export function isTimeInput(value: unknown): value is TimeInput {
  return typeof value === 'number' || value instanceof Date || Array.isArray(value);
}
