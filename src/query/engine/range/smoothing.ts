import type { SampleBuffer } from '../../store/sample-buffer.js';
import { type SlidingAggregate, TwoStackWindow } from './two-stack.js';
import type { Window } from './window.js';

/** A level and the slope with which it goes on. */
interface State {
  level: number;
  slope: number;
}

/**
 * Double exponential smoothing over a sliding window, all of it floats.
 *
 * Level and slope follow from those before and from a sample by the same linear rule at every sample. So the level
 * at the end is a sum over the samples, each weighed by how far back it lies, and the sums of two neighbouring
 * stretches can be joined. The first sample, and its distance to the second, are where the rule begins.
 */
export class SlidingSmoothing implements SlidingAggregate {
  readonly #smoothing: number;
  readonly #trend: number;
  /** What has become, in the level, of a level of 1 and of a slope of 1, by the number of samples since. */
  #ofLevel: Float64Array = new Float64Array(0);
  #ofSlope: Float64Array = new Float64Array(0);
  /** The states that the tails leave behind at their end, begun from nothing. */
  #tailLevels = new Float64Array(0);
  #tailSlopes = new Float64Array(0);
  #running: State = { level: 0, slope: 0 };
  #count = 0;
  #values: Float64Array = new Float64Array(0);
  readonly #window = new TwoStackWindow(this);

  constructor(smoothing: number, trend: number) {
    this.#smoothing = smoothing;
    this.#trend = trend;
  }

  begin({ values, times, length }: SampleBuffer): void {
    this.#values = values;
    if (this.#tailLevels.length < length) {
      this.#tailLevels = new Float64Array(times.length);
      this.#tailSlopes = new Float64Array(times.length);
      this.#ofLevel = this.#decay({ level: 1, slope: 0 }, times.length);
      this.#ofSlope = this.#decay({ level: 0, slope: 1 }, times.length);
    }
    this.#window.begin();
  }

  clear(): void {
    this.#running = { level: 0, slope: 0 };
    this.#count = 0;
  }

  push(index: number): void {
    this.#step(this.#running, this.#values[index]!);
    this.#count++;
  }

  tails(low: number, end: number): void {
    // What one sample of 1 has become after as many others.
    const weight: State = { level: 0, slope: 0 };
    this.#step(weight, 1);
    let level = 0;
    let slope = 0;
    for (let i = end - 1; i >= low; i--) {
      level += weight.level * this.#values[i]!;
      slope += weight.slope * this.#values[i]!;
      this.#tailLevels[i] = level;
      this.#tailSlopes[i] = slope;
      this.#step(weight, 0);
    }
  }

  /** The level at the end of a window of at least two samples. */
  over({ low, high }: Window): number {
    this.#window.slide(low + 1, high);
    const first = this.#values[low]!;
    const slope = this.#values[low + 1]! - first;
    const steps = high - low - 1;
    const begun = this.#ofLevel[steps]! * first + this.#ofSlope[steps]! * slope;
    if (low + 1 >= this.#window.middle) return begun + this.#running.level;
    const older =
      this.#ofLevel[this.#count]! * this.#tailLevels[low + 1]! +
      this.#ofSlope[this.#count]! * this.#tailSlopes[low + 1]!;
    return begun + older + this.#running.level;
  }

  #step(state: State, value: number): void {
    const before = state.level;
    state.level = this.#smoothing * value + (1 - this.#smoothing) * (before + state.slope);
    state.slope = this.#trend * (state.level - before) + (1 - this.#trend) * state.slope;
  }

  #decay(state: State, length: number): Float64Array {
    const levels = new Float64Array(length);
    for (let i = 0; i < length; i++) {
      levels[i] = state.level;
      this.#step(state, 0);
    }
    return levels;
  }
}
