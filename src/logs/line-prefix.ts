import { LEVELS, type LevelIndex, pinoNumber } from './level.js';

export interface LineShape {
  time: 'iso' | 'epoch';
  levels: 'label' | 'number';
}

/**
 * The bytes that begin the lines of one level, up to the first character of the message:
 * `{"time":"2026-11-21T20:30:00.123Z","level":"info","msg":"`. They are kept, and only the digits of the time
 * are written anew, when the clock has moved: one millisecond of a busy process holds many lines.
 */
export class LinePrefix {
  #bytes: Uint8Array = NOTHING;
  readonly #time: LineShape['time'];
  readonly #rest: string;
  #now = Number.NaN;
  /** The second that `#secondText` says, so that a date is made once a second and not for every millisecond. */
  #second = Number.NaN;
  #secondText = '';
  #timeLength = 0;

  constructor(shape: LineShape, index: LevelIndex) {
    this.#time = shape.time;
    const level = shape.levels === 'label' ? `"${LEVELS[index]}"` : `${pinoNumber(index)}`;
    this.#rest = `${shape.time === 'iso' ? '"' : ''},"level":${level},"msg":"`;
  }

  /** The prefix for a time in milliseconds since the epoch. */
  at(now: number): Uint8Array {
    if (now !== this.#now) this.#render(now);
    return this.#bytes;
  }

  #render(now: number): void {
    this.#now = now;
    const text = this.#time === 'iso' ? this.#iso(now) : `${validTime(now)}`;
    if (text.length !== this.#timeLength) {
      this.#timeLength = text.length;
      const head = this.#time === 'iso' ? '{"time":"' : '{"time":';
      this.#bytes = Buffer.from(head + text + this.#rest, 'latin1');
      return;
    }
    const from = this.#time === 'iso' ? 9 : 8;
    for (let i = 0; i < text.length; i++) this.#bytes[from + i] = text.charCodeAt(i);
  }

  #iso(now: number): string {
    const time = validTime(now);
    const second = Math.floor(time / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#secondText = new Date(second * 1000).toISOString().slice(0, -4);
    }
    const ms = time - second * 1000;
    return `${this.#secondText}${ms < 10 ? '00' : ms < 100 ? '0' : ''}${ms}Z`;
  }
}

const NOTHING = /* @__PURE__ */ new Uint8Array(0);

/** The last millisecond that a date can say. */
const MAX_TIME = 8.64e15;

/** Whole milliseconds that a date can say, whatever clock was handed in. */
function validTime(now: number): number {
  return now >= -MAX_TIME && now <= MAX_TIME ? Math.floor(now) : 0;
}
