import { invalidOption } from '../common/errors.js';
import { Histogram, type HistogramOptions } from './histogram.js';
import type { LabelValues } from './labels.js';

/** What a timer records into: a `Histogram`, a `Summary`, or a `Gauge` that keeps the last duration. */
export interface Timed<L extends string> {
  startTimer(labels?: LabelValues<L>): (labels?: LabelValues<L>) => number;
}

/**
 * Measures how long things take, in seconds.
 *
 * ```ts
 * const timer = new Timer({ name: 'query_seconds', help: 'Time of a query.', labelNames: ['table'], registers: [registry] });
 * const rows = await timer.time({ table: 'orders' }, () => db.query(sql));
 *
 * const stop = timer.start();
 * stop({ table: 'users' }); // records, and returns the seconds
 * ```
 */
export class Timer<L extends string = never> {
  readonly metric: Timed<L>;

  /** Over a metric that there is, or the options of a histogram to be made for it. */
  constructor(metric: Timed<L> | HistogramOptions<L>) {
    if (metric === null || typeof metric !== 'object') {
      throw invalidOption(
        'Timer',
        'metric',
        metric,
        'a Histogram, Summary or Gauge, or the options of a Histogram',
      );
    }
    this.metric = 'startTimer' in metric ? metric : new Histogram<L>(metric);
  }

  /** Begins to measure; the function it returns records the seconds that passed, and returns them. */
  start(labels?: LabelValues<L>): (labels?: LabelValues<L>) => number {
    return this.metric.startTimer(labels);
  }

  /** Measures a call, until its promise has settled if it returns one; hands its outcome on, good or bad. */
  time<R>(run: () => R): R;
  time<R>(labels: LabelValues<L>, run: () => R): R;
  time<R>(first: LabelValues<L> | (() => R), second?: () => R): R {
    const run = typeof first === 'function' ? (first as () => R) : second!;
    const stop = this.metric.startTimer(typeof first === 'function' ? undefined : (first as LabelValues<L>));
    return stopAfter(stop, run);
  }
}

/** Runs it, and calls `stop` when it has ended: at once, or when its promise has settled. */
export function stopAfter<R>(stop: () => unknown, run: () => R): R {
  let result: R;
  try {
    result = run();
  } catch (error) {
    stop();
    throw error;
  }
  if (isThenable(result)) {
    const record = () => void stop();
    result.then(record, record);
  } else stop();
  return result;
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    value !== null &&
    (typeof value === 'object' || typeof value === 'function') &&
    typeof (value as { then?: unknown }).then === 'function'
  );
}
