import type { HrTime, TimeInput } from '@opentelemetry/api';
import { type Clock, systemClock } from '../common/clock.js';

/** A moment as spans keep it: the clock's monotonic milliseconds, or the exact time that a caller gave. */
export type Moment = number | HrTime;

/**
 * Ties monotonic time to the wall clock. All spans of a trace in this process share one, so that their times
 * stay in order whatever happens to the host's clock meanwhile.
 */
export class TimeAnchor {
  constructor(
    readonly clock: Clock,
    /** Wall-clock time, whole milliseconds since the Unix epoch … */
    readonly wall: number,
    /** … and the monotonic time at the same moment. */
    readonly monotonic: number,
  ) {}
}

/**
 * How long a new trace may use the anchor of the one before it, milliseconds. Reading the wall clock costs
 * 58 ns where a whole span costs 200 ns; the price of sharing is that a step of the host's clock is seen up to
 * a tenth of a second late. A clock that was handed in is asked for every trace, so tests see no such delay.
 */
const ANCHOR_LIFE = 100;

/** Hands out anchors to new traces. */
export class AnchorSource {
  readonly clock: Clock;
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
    this.#current = new TimeAnchor(this.clock, Math.trunc(this.clock.now()), now);
    return this.#current;
  }
}

/** The moment that a caller of the OpenTelemetry API means; nothing given, or nothing usable, means now. */
export function momentOf(input: TimeInput | undefined, clock: Clock): Moment {
  if (input === undefined || input === null) return clock.monotonic();
  if (typeof input === 'number') {
    const now = clock.monotonic();
    // As OpenTelemetry has it, a number that monotonic time has not passed yet is a time since the epoch.
    if (input >= 0 && input <= now) return input;
    return Number.isFinite(input) ? hrTimeOfEpoch(input) : now;
  }
  if (input instanceof Date) {
    const epoch = input.getTime();
    return Number.isNaN(epoch) ? clock.monotonic() : hrTimeOfEpoch(epoch);
  }
  return isHrTime(input) ? [input[0], input[1]] : clock.monotonic();
}

/** Seconds and nanoseconds since the Unix epoch, exact to the nanosecond however far the epoch is. */
export function hrTimeOf(moment: Moment, anchor: TimeAnchor): HrTime {
  if (typeof moment !== 'number') return moment;
  const since = moment - anchor.monotonic;
  const whole = Math.floor(since);
  const nanoseconds = Math.round((since - whole) * 1e6);
  const epoch = anchor.wall + whole;
  const seconds = Math.floor(epoch / 1000);
  return normal(seconds, (epoch - seconds * 1000) * 1e6 + nanoseconds);
}

/** The time between two moments, never negative. */
export function hrDuration(start: Moment, end: Moment, anchor: TimeAnchor): HrTime {
  if (typeof start === 'number' && typeof end === 'number') {
    const nanoseconds = Math.max(0, Math.round((end - start) * 1e6));
    const seconds = Math.floor(nanoseconds / 1e9);
    return [seconds, nanoseconds - seconds * 1e9];
  }
  const from = hrTimeOf(start, anchor);
  const to = hrTimeOf(end, anchor);
  const seconds = to[0] - from[0];
  const nanoseconds = to[1] - from[1];
  const duration =
    nanoseconds < 0 ? ([seconds - 1, nanoseconds + 1e9] as HrTime) : normal(seconds, nanoseconds);
  return duration[0] < 0 ? [0, 0] : duration;
}

/** Whether `end` lies before `start`. */
export function isBefore(end: Moment, start: Moment, anchor: TimeAnchor): boolean {
  if (typeof start === 'number' && typeof end === 'number') return end < start;
  const from = hrTimeOf(start, anchor);
  const to = hrTimeOf(end, anchor);
  return to[0] < from[0] || (to[0] === from[0] && to[1] < from[1]);
}

function hrTimeOfEpoch(milliseconds: number): HrTime {
  const seconds = Math.floor(milliseconds / 1000);
  return normal(seconds, Math.round((milliseconds - seconds * 1000) * 1e6));
}

function normal(seconds: number, nanoseconds: number): HrTime {
  return nanoseconds >= 1e9 ? [seconds + 1, nanoseconds - 1e9] : [seconds, nanoseconds];
}

/** Whether a value is a time as the API's `TimeInput` has it, rather than attributes. */
export function isTimeInput(value: unknown): value is TimeInput {
  return typeof value === 'number' || value instanceof Date || isHrTime(value);
}

function isHrTime(value: unknown): value is HrTime {
  return (
    Array.isArray(value) &&
    value.length === 2 &&
    typeof value[0] === 'number' &&
    typeof value[1] === 'number' &&
    Number.isFinite(value[0]) &&
    Number.isFinite(value[1])
  );
}
