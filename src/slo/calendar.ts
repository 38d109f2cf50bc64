/** The calendar units that an objective's window may be aligned to. Weeks begin on Monday, as in ISO 8601. */
export type CalendarUnit = 'day' | 'week' | 'month' | 'quarter';

export const CALENDAR_UNITS: readonly CalendarUnit[] = ['day', 'week', 'month', 'quarter'];

const DAY_MS = 86_400_000;

/** Days and moments of one time zone, by the host's copy of the IANA database. */
export class ZonedCalendar {
  readonly #format: Intl.DateTimeFormat;

  /** @throws RangeError for a time zone that the host does not know. */
  constructor(timeZone: string) {
    this.#format = new Intl.DateTimeFormat('en-US', {
      timeZone,
      calendar: 'gregory',
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
  }

  /** The first moment of the unit that `time` lies in, and of the next one. Milliseconds since the epoch. */
  bounds(unit: CalendarUnit, time: number): readonly [from: number, to: number] {
    // A date written as if it were one in UTC: days and months can then be counted without any zone.
    const today = Math.floor(this.#localTime(time) / DAY_MS) * DAY_MS;
    const date = new Date(today);
    const year = date.getUTCFullYear();
    const month = date.getUTCMonth();
    switch (unit) {
      case 'day':
        return this.#between(today, today + DAY_MS);
      case 'week': {
        const monday = today - ((date.getUTCDay() + 6) % 7) * DAY_MS;
        return this.#between(monday, monday + 7 * DAY_MS);
      }
      case 'month':
        return this.#between(Date.UTC(year, month), Date.UTC(year, month + 1));
      case 'quarter': {
        const first = month - (month % 3);
        return this.#between(Date.UTC(year, first), Date.UTC(year, first + 3));
      }
    }
  }

  #between(from: number, to: number): readonly [number, number] {
    return [this.#startOfDay(from), this.#startOfDay(to)];
  }

  /**
   * When a day begins. Where clocks go forward at midnight there is no 0:00, and the day begins at 1:00; where they
   * go back across midnight, it begins when the date changes for good.
   */
  #startOfDay(day: number): number {
    const candidates = [day - DAY_MS, day + DAY_MS].map((near) => day - this.#offset(near));
    const begun = candidates.filter((moment) => this.#localTime(moment) >= day);
    return Math.min(...begun);
  }

  /** Milliseconds that local time is ahead of UTC at a moment. */
  #offset(moment: number): number {
    return this.#localTime(moment) - Math.floor(moment / 1000) * 1000;
  }

  /** What the wall clock says, as if it hung in UTC. */
  #localTime(moment: number): number {
    const said: Record<string, number> = {};
    for (const { type, value } of this.#format.formatToParts(moment)) said[type] = Number(value);
    return Date.UTC(said.year!, said.month! - 1, said.day, said.hour, said.minute, said.second);
  }
}
