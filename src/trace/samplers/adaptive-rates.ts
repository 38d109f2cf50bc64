import type { Clock, Timer } from '../../common/clock.js';
import { keptBy } from './marks.js';
import type { SamplingResult } from './sampler.js';
import { Threshold } from './threshold.js';

/** What is known of one key. */
export interface KeyRate {
  /** Traces a second, smoothed; negative before the first interval has passed. */
  rate: number;
  /** Traces since the interval began. */
  count: number;
  /** The count from which on this interval is busier than was thought. */
  ceiling: number;
  /** Undefined where no trace is to be kept. */
  threshold: Threshold | undefined;
  /** The result for kept traces without a trace state, made when the first is kept. */
  kept: SamplingResult | undefined;
}

export interface AdaptiveRatesOptions {
  /** Traces a second to keep of each key. */
  target: number;
  /** Milliseconds between two adjustments. */
  interval: number;
  /** How much the latest interval counts, more than 0 and at most 1. */
  smoothing: number;
  maxKeys: number;
  clock: Clock;
  /** Called when there are more keys than `maxKeys`. */
  onOverflow: () => void;
}

/** A threshold is made anew when it is off by more than this share. */
const TOLERANCE = 0.02;
const MAX_KEY_LENGTH = 500;

/**
 * How often each key comes, by an exponential moving average over intervals, and with which probability so many a
 * second of it are kept. A key that suddenly comes more often than was thought is thinned within the interval: its
 * probability is halved each time that the count has doubled.
 *
 * Intervals end by a timer that runs only while there are traces: reading the clock at each would make a decision
 * half as dear again.
 */
export class AdaptiveRates {
  readonly #options: AdaptiveRatesOptions;
  readonly #keys = new Map<string, KeyRate>();
  /** All keys beyond `maxKeys` together, and such as are too long. */
  readonly #others: KeyRate;
  #timer: Timer | undefined;
  /** When the interval began; `undefined` before the first trace, for a start is no silence to learn from. */
  #began: number | undefined;

  constructor(options: AdaptiveRatesOptions) {
    this.#options = options;
    this.#others = this.#fresh();
  }

  /** Counts a trace of that key; what its decision goes by. */
  count(key: string): KeyRate {
    if (this.#timer === undefined) this.#begin();
    const state = this.#keys.get(key) ?? this.#added(key);
    if (++state.count > state.ceiling) this.#thin(state);
    return state;
  }

  /** The probability with which traces of that key are kept now. */
  probability(key: string): number {
    const state = this.#keys.get(key);
    return (state ?? this.#fresh()).threshold?.probability ?? 0;
  }

  /** The smoothed rate of each key, traces a second. */
  rates(): [string, number][] {
    const seconds = this.#elapsed();
    return [...this.#keys].map(([key, { rate, count }]) => [key, rate < 0 ? count / seconds : rate]);
  }

  restore(rates: Iterable<readonly [string, number]>): void {
    for (const [key, rate] of rates) {
      if (this.#keys.size >= this.#options.maxKeys) return;
      const state = this.#fresh();
      state.rate = rate;
      this.#aim(state);
      this.#keys.set(key, state);
    }
  }

  /** The first trace after a quiet time: what was counted before belongs to an interval that is over. */
  #begin(): void {
    if (this.#began === undefined) this.#began = this.#options.clock.monotonic();
    else this.#adjust();
    this.#timer = this.#options.clock.setTimeout(() => this.#end(), this.#options.interval);
  }

  #end(): void {
    const quiet = this.#others.count === 0 && [...this.#keys.values()].every(({ count }) => count === 0);
    this.#adjust();
    this.#timer = quiet
      ? undefined
      : this.#options.clock.setTimeout(() => this.#end(), this.#options.interval);
  }

  #adjust(): void {
    const { interval, smoothing, target } = this.#options;
    const seconds = this.#elapsed();
    const weight = 1 - (1 - smoothing) ** ((seconds * 1000) / interval);
    for (const [key, state] of this.#keys) {
      this.#learn(state, state.count / seconds, weight);
      // What came to next to nothing would be kept whole, as a key that was never seen is.
      if (state.count === 0 && state.rate < target / 100) this.#keys.delete(key);
      state.count = 0;
    }
    this.#learn(this.#others, this.#others.count / seconds, weight);
    this.#others.count = 0;
    this.#began = this.#options.clock.monotonic();
  }

  #learn(state: KeyRate, rate: number, weight: number): void {
    state.rate = state.rate < 0 ? rate : state.rate + weight * (rate - state.rate);
    this.#aim(state);
  }

  /** Sets the probability and the ceiling that fit the rate. */
  #aim(state: KeyRate): void {
    const { target, interval } = this.#options;
    const probability = state.rate > target ? target / state.rate : 1;
    const before = state.threshold?.probability ?? 0;
    const off = Math.abs(probability - before) > before * TOLERANCE;
    if (off || (probability === 1 && before < 1)) this.#set(state, target > 0 ? probability : 0);
    state.ceiling = this.#ceiling(Math.max(state.rate, target), interval);
  }

  #thin(state: KeyRate): void {
    state.ceiling *= 2;
    this.#set(state, (state.threshold?.probability ?? 0) / 2);
  }

  #set(state: KeyRate, probability: number): void {
    state.threshold = Threshold.of(probability);
    state.kept = undefined;
  }

  #added(key: string): KeyRate {
    if (key.length > MAX_KEY_LENGTH) return this.#others;
    if (this.#keys.size >= this.#options.maxKeys) {
      this.#options.onOverflow();
      return this.#others;
    }
    const state = this.#fresh();
    this.#keys.set(key, state);
    return state;
  }

  #fresh(): KeyRate {
    const { target, interval } = this.#options;
    const threshold = Threshold.of(target > 0 ? 1 : 0);
    return { rate: -1, count: 0, ceiling: this.#ceiling(target, interval), threshold, kept: undefined };
  }

  /** Twice what is expected in an interval: chance alone seldom gets there. */
  #ceiling(rate: number, interval: number): number {
    return Math.max(1, (2 * rate * interval) / 1000);
  }

  /** Seconds since the interval began; never 0, for rates are divided by it. */
  #elapsed(): number {
    const { clock, interval } = this.#options;
    const elapsed = clock.monotonic() - (this.#began ?? 0);
    // What was counted in no time at all is taken as a tenth of an interval's.
    return Math.max(elapsed, interval / 10) / 1000;
  }
}

/** The result for a trace that a key's threshold keeps and that has no trace state yet. */
export function keptOf(state: KeyRate, threshold: Threshold): SamplingResult {
  state.kept ??= keptBy(threshold, undefined);
  return state.kept;
}
