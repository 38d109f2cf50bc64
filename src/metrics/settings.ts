import { type Clock, systemClock } from '../common/clock.js';
import { Diagnostics } from '../common/diagnostics.js';
import { checkAtLeast, checkBoolean, checkFunction, checkMethods } from '../common/options.js';
import type { ExemplarPolicy } from './exemplar.js';
import { labelText } from './labels.js';

/** Changes the options of a metric that is being made; `kind` is the name of its class. `metricViews()` makes one. */
export type MetricViews = <O>(kind: string, options: O) => O;

/** What a metric takes over from the registry it is made for. */
export interface MetricSettings {
  readonly clock: Clock;
  readonly diagnostics: Diagnostics;
  readonly strict: boolean;
  readonly maxSeries: number;
  readonly collectTimeout: number;
  readonly exemplars?: ExemplarPolicy;
  readonly views?: MetricViews;
  /** The text of a label's value; an empty one takes the label away. Views set another. Must not throw. */
  readonly labelText: (value: unknown, label: string) => string;
  /** Set by views: nothing is kept of what is counted, and no registry lists the metric. */
  readonly denied?: boolean;
}

export interface SettingsOptions {
  clock?: Clock;
  diagnostics?: Diagnostics;
  /**
   * Throw, as prom-client does, at unknown labels and at values that are not numbers, instead of leaving them
   * out and telling so once. For tests and development. Default false.
   */
  strict?: boolean;
  /** Series of one metric at most; what is beyond goes to one overflow series. Default 2,000. */
  maxSeries?: number;
  /** Milliseconds that a scrape waits for a `collect` callback. Default 5,000. */
  collectTimeout?: number;
  /** Which observations are kept as exemplars: `traceExemplars()`. Default: none. */
  exemplars?: ExemplarPolicy;
  /** What to change about metrics, or leave out, whoever makes them: `metricViews([…])`. Default: nothing. */
  views?: MetricViews;
}

export function settingsOf(owner: string, options: SettingsOptions): MetricSettings {
  const { clock = systemClock, diagnostics = new Diagnostics({ clock }) } = options;
  const { maxSeries = 2000, collectTimeout = 5000 } = options;
  checkAtLeast(owner, 'maxSeries', maxSeries, 1);
  checkAtLeast(owner, 'collectTimeout', collectTimeout, 0);
  for (const option of ['exemplars', 'views'] as const)
    checkFunction<unknown>(owner, option, options[option]);
  return {
    labelText,
    ...options, // with what views have set
    clock: checkMethods(owner, 'clock', clock, ['now', 'monotonic', 'setTimeout']),
    diagnostics: checkMethods(owner, 'diagnostics', diagnostics, ['report']),
    strict: checkBoolean(owner, 'strict', options.strict, false),
    maxSeries,
    collectTimeout,
  };
}
