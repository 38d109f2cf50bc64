import type { Clock } from '../common/clock.js';
import type { Diagnostics } from '../common/diagnostics.js';

/** What an indicator is given by the tracker that it feeds. */
export interface IndicatorHost {
  readonly id: string;
  readonly clock: Clock;
  readonly diagnostics: Diagnostics;
  /** Takes in so many good and so many bad events. What is no finite number of at least 0 is refused and told. */
  add(good: number, bad: number): void;
  /** Something about the counts that whoever reads the status should know; without a message it is over. */
  note(code: SloNote['code'], message?: string): void;
}

/** What an indicator answers when it is started. */
export interface RunningIndicator {
  /** Takes in what has come since the last time. Called every 10 seconds, and before each status. */
  poll?(): void;
  /** Waits for what is under way. */
  settle?(): Promise<void>;
  stop?(): void;
}

/**
 * Where the good and the bad events of an objective come from, when they are not recorded by hand: `counterRatio`,
 * `latencyBelow`, `gaugeWhile`, `spansWhere`, `promqlRatio`, or one of your own.
 */
export interface Indicator {
  /** For error messages and reports. */
  readonly text: string;
  /** How it is said in PromQL, for rules and OpenSLO; left out where it cannot be. */
  readonly definition?: IndicatorDefinition;
  start(host: IndicatorHost): RunningIndicator;
}

/**
 * An indicator in PromQL.
 *
 * - A ratio of events: `total` and one of `good` and `bad`. Each is a selector of counters, or an expression in which
 *   `$window` stands for the range.
 * - A threshold: each sample of `query`, taken every so often, is an event; good while it stands in that relation to
 *   `value`.
 */
export type IndicatorDefinition =
  | { readonly good: string; readonly bad?: undefined; readonly total: string }
  | { readonly bad: string; readonly good?: undefined; readonly total: string }
  | ThresholdDefinition;

export interface ThresholdDefinition {
  readonly query: string;
  readonly op: ThresholdOperator;
  readonly value: number;
}

/** As in OpenSLO: `<=`, `>=`, `<`, `>`. */
export type ThresholdOperator = 'lte' | 'gte' | 'lt' | 'gt';

/** What a status says of the counts that it is made from. */
export interface SloNote {
  readonly code:
    | 'no_traffic'
    | 'partial_window'
    | 'no_budget'
    | 'good_exceeds_total'
    | 'counter_reset'
    | 'clock_step'
    | 'metric_missing'
    | 'query_failed';
  readonly message: string;
}
