import type { SampleBuffer } from '../../store/sample-buffer.js';
import { isInfinite } from '../kahan.js';
import { type SlidingAggregate, TwoStackWindow } from './two-stack.js';
import type { Window } from './window.js';

/** A line over time. */
export interface Line {
  /** Per second. */
  readonly slope: number;
  /** Its value at a moment, in seconds since the epoch. */
  at(seconds: number): number;
}

/**
 * The means of points and the sums of products of their distances from those: all that a least-squares line
 * needs. Kept around the means, they lose no digits however far from zero times are, and two of them can be joined
 * (Chan, Golub and LeVeque 1979).
 */
export class Points {
  count = 0;
  x = 0;
  y = 0;
  xx = 0;
  xy = 0;

  add(x: number, y: number): void {
    this.count++;
    const dx = x - this.x;
    this.x += dx / this.count;
    this.y += (y - this.y) / this.count;
    this.xx += dx * (x - this.x);
    this.xy += dx * (y - this.y);
  }

  join(other: Points): void {
    const count = this.count + other.count;
    if (other.count === 0) return;
    const dx = other.x - this.x;
    const dy = other.y - this.y;
    const weight = (this.count * other.count) / count;
    this.xx += other.xx + dx * dx * weight;
    this.xy += other.xy + dx * dy * weight;
    this.x += (dx * other.count) / count;
    this.y += (dy * other.count) / count;
    this.count = count;
  }

  copy(): Points {
    return Object.assign(new Points(), this);
  }

  /** The line through the points; `constant` where all have that value, so that it is level to the last digit. */
  line(constant: number | undefined): Line {
    if (constant !== undefined) {
      if (isInfinite(constant)) return { slope: Number.NaN, at: () => Number.NaN };
      return { slope: 0, at: () => constant };
    }
    const slope = this.xy / this.xx;
    return { slope, at: (seconds) => this.y + slope * (seconds - this.x) };
  }
}

/** The line through the samples of a sliding window, all of them floats. */
export class SlidingLine implements SlidingAggregate {
  #buffer: SampleBuffer | undefined;
  #running = new Points();
  #tails: Points[] = [];
  /** How many samples differ from the one before, up to each. */
  #changes = new Int32Array(0);
  readonly #window = new TwoStackWindow(this);

  begin(buffer: SampleBuffer): void {
    this.#buffer = buffer;
    this.#tails = [];
    if (this.#changes.length < buffer.length) this.#changes = new Int32Array(buffer.times.length);
    for (let i = 1; i < buffer.length; i++) {
      this.#changes[i] = this.#changes[i - 1]! + (buffer.values[i] === buffer.values[i - 1] ? 0 : 1);
    }
    this.#window.begin();
  }

  clear(): void {
    this.#running = new Points();
  }

  push(index: number): void {
    this.#running.add(this.#buffer!.times[index]! / 1000, this.#buffer!.values[index]!);
  }

  tails(low: number, end: number): void {
    const tail = new Points();
    for (let i = end - 1; i >= low; i--) {
      tail.add(this.#buffer!.times[i]! / 1000, this.#buffer!.values[i]!);
      this.#tails[i] = tail.copy();
    }
  }

  over({ low, high }: Window): Line {
    this.#window.slide(low, high);
    let points = this.#running;
    if (low < this.#window.middle) {
      points = this.#tails[low]!.copy();
      points.join(this.#running);
    }
    const constant = this.#changes[high - 1] === this.#changes[low] ? this.#buffer!.values[low] : undefined;
    return points.line(constant);
  }
}
