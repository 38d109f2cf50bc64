import { withinTime } from '../common/deadline.js';
import { invalidOption } from '../common/errors.js';
import { checkNumber } from '../common/options.js';
import { Counter, type CounterOptions } from './counter.js';
import { Gauge, type GaugeOptions } from './gauge.js';
import type { LabelValues } from './labels.js';
import type { MetricSettings } from './settings.js';
import { UpDownCounter, type UpDownCounterOptions } from './up-down-counter.js';

/** Tells one value of what is observed. What is not a number is left out and counted. */
export interface Observe<L extends string> {
  (value: number): void;
  (labels: LabelValues<L>, value: number): void;
}

export interface ObservableOptions<L extends string> {
  /**
   * Called before each reading of the metric, to tell the values of this moment; may be async. Series that it does
   * not tell of any more are gone. One that throws, or has not ended after `timeout`, is reported: the values
   * before stand, and what it tells later does not count.
   */
  observe: (observe: Observe<L>) => void | Promise<void>;
  /** Milliseconds that a reading waits for `observe`. Default: the registry's `collectTimeout`, 5,000. */
  timeout?: number;
}

export interface ObservableGaugeOptions<L extends string = never>
  extends Omit<GaugeOptions<L>, 'collect'>,
    ObservableOptions<L> {}
export interface ObservableCounterOptions<L extends string = never>
  extends Omit<CounterOptions<L>, 'collect'>,
    ObservableOptions<L> {}
export interface ObservableUpDownCounterOptions<L extends string = never>
  extends Omit<UpDownCounterOptions<L>, 'collect'>,
    ObservableOptions<L> {}

/**
 * A gauge that is asked when it is read. Where two observations come to the same series the last one counts.
 *
 * ```ts
 * new ObservableGauge({
 *   name: 'jobs_waiting',
 *   help: 'Jobs that wait.',
 *   labelNames: ['queue'],
 *   observe: async (observe) => {
 *     for (const queue of await queues()) observe({ queue: queue.name }, queue.length);
 *   },
 *   registers: [registry],
 * });
 * ```
 */
export class ObservableGauge<L extends string = never> extends Gauge<L> {
  readonly observable = true;

  constructor(options: ObservableGaugeOptions<L>) {
    super(observed('ObservableGauge', options, false));
  }
}

/**
 * A counter of what something else counts: the callback tells totals, not additions. Where two observations come
 * to the same series (the overflow series, say) they are added up.
 */
export class ObservableCounter<L extends string = never> extends Counter<L> {
  readonly observable = true;

  constructor(options: ObservableCounterOptions<L>) {
    super(observed('ObservableCounter', options, true));
  }
}

/** As `ObservableCounter`, of what may also fall. */
export class ObservableUpDownCounter<L extends string = never> extends UpDownCounter<L> {
  readonly observable = true;

  constructor(options: ObservableUpDownCounterOptions<L>) {
    super(observed('ObservableUpDownCounter', options, true));
  }
}

/** What observing needs of a metric. */
interface Observed {
  readonly kind: string;
  readonly labelNames: readonly string[];
  readonly settings: MetricSettings;
  series(): readonly ObservedSeries[];
  labels(labels: never): ObservedSeries;
  discard(series: never): void;
  badValue(value: unknown, accepted: string): void;
}

interface ObservedSeries {
  value: number;
}

/** The options of the metric beneath: its `collect` callback is the one that observes. */
function observed<L extends string, O extends ObservableOptions<L>>(
  owner: string,
  options: O,
  additive: boolean,
) {
  if (typeof options?.observe !== 'function') {
    throw invalidOption(owner, 'observe', options?.observe, 'a function');
  }
  const { observe, timeout, ...rest } = options;
  const within = checkNumber(owner, 'timeout', timeout, 0, { min: 0 });
  return {
    ...rest,
    async collect(this: Observed): Promise<void> {
      const { clock, collectTimeout } = this.settings;
      const told = new Map<ObservedSeries, number>();
      let open = true;
      const tell = (labels: unknown, value?: unknown): void => {
        if (open) takeIn(this, told, additive, labels, value);
      };
      try {
        const done = await withinTime(
          observe(tell as Observe<L>),
          timeout === undefined ? collectTimeout : within,
          clock,
        );
        if (!done) throw new Error(`it took longer than ${timeout ?? collectTimeout} ms`);
      } finally {
        open = false;
      }
      for (const [series, value] of told) series.value = value;
      if (this.labelNames.length === 0) return;
      for (const series of this.series()) if (!told.has(series)) this.discard(series as never);
    },
  };
}

function takeIn(
  metric: Observed,
  told: Map<ObservedSeries, number>,
  additive: boolean,
  labels: unknown,
  second: unknown,
): void {
  const labelled = typeof labels === 'object' && labels !== null;
  const value = labelled ? second : labels;
  const least = metric.kind === 'counter' ? 0 : -Infinity;
  if (typeof value !== 'number' || (additive && !(value >= least && Number.isFinite(value)))) {
    metric.badValue(value, additive ? `a finite number of at least ${least}` : 'a number');
    return;
  }
  const series = metric.labels((labelled ? labels : {}) as never);
  told.set(series, value + (additive ? (told.get(series) ?? 0) : 0));
}
