import type { Clock } from '../common/clock.js';
import type { Diagnostics } from '../common/diagnostics.js';

/** What a metric takes over from the registry it is made for. */
export interface MetricSettings {
  readonly clock: Clock;
  readonly diagnostics: Diagnostics;
  /** Throw where prom-client throws: unknown labels and values that are not numbers. */
  readonly strict: boolean;
  /** Series of one metric at most; one more, the overflow series, takes the rest. */
  readonly maxSeries: number;
  /** Milliseconds that a `collect` callback may take. */
  readonly collectTimeout: number;
}

export const DEFAULT_MAX_SERIES = 2000;
export const DEFAULT_COLLECT_TIMEOUT = 5000;
