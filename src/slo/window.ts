import { invalidOption } from '../common/errors.js';
import { checkOneOf, checkOptions } from '../common/options.js';
import { formatDuration, parseDuration } from '../query/duration.js';
import { CALENDAR_UNITS, type CalendarUnit, ZonedCalendar } from './calendar.js';

/** A calendar unit, and the IANA time zone whose days it is made of. Default zone: UTC. */
export interface CalendarWindow {
  calendar: CalendarUnit;
  timeZone?: string;
}

/** A length such as `30d`, which the window keeps while it moves along; or a calendar unit. */
export type SloWindow = string | CalendarWindow;

/** The time over which an objective is kept. */
export interface ObjectiveWindow {
  readonly kind: 'rolling' | 'calendar';
  /** Where it begins and ends, seen from a moment. A rolling window ends at that very moment. */
  bounds(now: number): readonly [from: number, to: number];
  /** Milliseconds of the longest such window. */
  readonly longest: number;
  /** `30d`, or `month (Europe/Berlin)`. */
  readonly text: string;
  /** As it was given. */
  readonly given: SloWindow;
}

const DAY_MS = 86_400_000;
const LONGEST: Readonly<Record<CalendarUnit, number>> = {
  day: DAY_MS,
  week: 7 * DAY_MS,
  month: 31 * DAY_MS,
  quarter: 92 * DAY_MS,
};
/** A shorter objective would be over before its shortest alert window. */
const SHORTEST_MS = 60_000;

export function objectiveWindow(owner: string, option: string, given: SloWindow): ObjectiveWindow {
  if (typeof given === 'object' && given !== null) return calendarWindow(owner, option, given);
  const length = durationOption(owner, option, given, SHORTEST_MS);
  return {
    kind: 'rolling',
    bounds: (now) => [now - length, now],
    longest: length,
    text: formatDuration(length),
    given,
  };
}

function calendarWindow(owner: string, option: string, given: CalendarWindow): ObjectiveWindow {
  const { calendar: unit, timeZone = 'UTC' } = checkOptions(`${owner}: ${option}`, given, [
    'calendar',
    'timeZone',
  ]);
  if (unit === undefined) throw invalidOption(owner, `${option}.calendar`, unit, CALENDAR_UNITS.join(', '));
  checkOneOf(owner, `${option}.calendar`, unit, unit, CALENDAR_UNITS);
  let calendar: ZonedCalendar;
  try {
    calendar = new ZonedCalendar(timeZone);
  } catch {
    throw invalidOption(
      owner,
      `${option}.timeZone`,
      timeZone,
      'an IANA time zone such as UTC or Europe/Berlin',
    );
  }
  // Asking the calendar takes 20 µs; the answer holds for the whole unit.
  let known: readonly [number, number] = [0, 0];
  return {
    kind: 'calendar',
    bounds(now) {
      if (now < known[0] || now >= known[1]) known = calendar.bounds(unit, now);
      return known;
    },
    longest: LONGEST[unit],
    text: timeZone === 'UTC' ? unit : `${unit} (${timeZone})`,
    given,
  };
}

/** Milliseconds of an option that is a Prometheus duration. */
export function durationOption(owner: string, option: string, given: string, shortest: number): number {
  const length = typeof given === 'string' ? parseDuration(given) : undefined;
  if (length === undefined || length < shortest) {
    throw invalidOption(
      owner,
      option,
      given,
      `a duration of at least ${formatDuration(shortest)}, such as 5m, 1h30m or 30d`,
    );
  }
  return length;
}
