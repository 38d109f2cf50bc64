import { Sketch } from '../../metrics/sketch.js';
import { OUTCOMES, type Outcome } from './outcome.js';
import { SPAN_TYPES, type SpanType } from './span-type.js';

/** How a transaction went. */
export interface Finished {
  /** Milliseconds. */
  readonly duration: number;
  readonly outcome: Outcome;
  /** Milliseconds by type of span. */
  readonly breakdown: Readonly<Record<SpanType, number>>;
}

/** What became of the transactions of one name within the window. */
export interface TransactionStatistics {
  readonly name: string;
  readonly count: number;
  /** Transactions a second. */
  readonly rate: number;
  readonly outcomes: Readonly<Record<Outcome, number>>;
  /** The share of those that succeeded, from 0 to 1. */
  readonly successRate: number;
  /** Milliseconds; the quantiles to within 1 % of the exact ones. */
  readonly duration: {
    readonly mean: number;
    readonly p50: number;
    readonly p95: number;
    readonly p99: number;
    readonly max: number;
  };
  /**
   * Milliseconds spent by type of span, over all the transactions: the time in which a span had no child running.
   * What runs side by side counts side by side, so the sum may exceed the durations.
   */
  readonly breakdown: Readonly<Record<SpanType, number>>;
}

/** Milliseconds. Outside of these bounds a duration is not told apart, which bounds the sketches too. */
const SHORTEST = 0.001;
const LONGEST = 24 * 3600 * 1000;

/** The part of the window that one step covers. */
class Step {
  readonly sketch = new Sketch();
  readonly outcomes: Record<Outcome, number> = { success: 0, failure: 0, timeout: 0 };
  readonly breakdown: Record<SpanType, number> = zeros();
  total = 0;

  clear(): void {
    this.sketch.clear();
    this.total = 0;
    for (const outcome of OUTCOMES) this.outcomes[outcome] = 0;
    for (const type of SPAN_TYPES) this.breakdown[type] = 0;
  }
}

/** The last transactions of one name, in steps that are forgotten one by one. */
export class TransactionWindow {
  readonly #steps: readonly Step[];
  /** Milliseconds of one step. */
  readonly #length: number;
  /** When, by the monotonic clock, the first transaction came. */
  readonly #since: number;
  #current = 0;
  #turnsAt: number;

  constructor(steps: number, length: number, now: number) {
    this.#steps = Array.from({ length: steps }, () => new Step());
    this.#length = length;
    this.#since = now;
    this.#turnsAt = now + length;
  }

  add({ duration, outcome, breakdown }: Finished, now: number): void {
    this.#turn(now);
    const step = this.#steps[this.#current]!;
    step.sketch.add(Math.min(Math.max(duration, SHORTEST), LONGEST));
    step.total += duration;
    step.outcomes[outcome]++;
    for (const type of SPAN_TYPES) step.breakdown[type] += breakdown[type];
  }

  isEmpty(now: number): boolean {
    this.#turn(now);
    return this.#steps.every(({ sketch }) => sketch.count === 0);
  }

  statistics(name: string, now: number): TransactionStatistics {
    this.#turn(now);
    const whole = new Sketch();
    const outcomes: Record<Outcome, number> = { success: 0, failure: 0, timeout: 0 };
    const breakdown = zeros();
    let total = 0;
    for (const step of this.#steps) {
      whole.merge(step.sketch);
      total += step.total;
      for (const outcome of OUTCOMES) outcomes[outcome] += step.outcomes[outcome];
      for (const type of SPAN_TYPES) breakdown[type] += step.breakdown[type];
    }
    const { count } = whole;
    // The current step is only as long as it has lasted; before the first transaction there was no window.
    const covered = this.#length * this.#steps.length - (this.#turnsAt - now);
    const seconds = Math.max(Math.min(covered, now - this.#since) / 1000, 1);
    return {
      name,
      count,
      rate: count / seconds,
      outcomes,
      successRate: count === 0 ? Number.NaN : outcomes.success / count,
      duration: {
        mean: count === 0 ? Number.NaN : total / count,
        p50: whole.quantile(0.5),
        p95: whole.quantile(0.95),
        p99: whole.quantile(0.99),
        max: whole.quantile(1),
      },
      breakdown,
    };
  }

  /** Moves on to the step of this moment, and empties those passed by. */
  #turn(now: number): void {
    const late = now - this.#turnsAt;
    if (late < 0) return;
    const steps = Math.floor(late / this.#length) + 1;
    this.#turnsAt += steps * this.#length;
    for (let i = Math.min(steps, this.#steps.length); i > 0; i--) {
      this.#current = (this.#current + 1) % this.#steps.length;
      this.#steps[this.#current]!.clear();
    }
  }
}

export function zeros(): Record<SpanType, number> {
  return { database: 0, http: 0, rpc: 0, messaging: 0, external: 0, own: 0 };
}
