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
  /** How a Prometheus works it out; left out where it cannot. */
  readonly promql?: IndicatorQueries;
  start(host: IndicatorHost): RunningIndicator;
}

/** PromQL for the number of events in a window, which stands in it as `$window`. */
export interface IndicatorQueries {
  readonly bad: string;
  readonly total: string;
}

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
