import type { Timer } from '../common/clock.js';
import { checkMethods, checkNumber, checkOptions } from '../common/options.js';
import type { AnyMetric } from './any-metric.js';
import type { Registry } from './registry.js';
import type { Series } from './series.js';

export interface ExpireSeriesOptions {
  /** Seconds without a touch after which a series is taken away; it may stand for a quarter longer. */
  afterSeconds: number;
  /** The metrics this is for, by name. Default: all that have labels. */
  metrics?: readonly string[];
}

interface Mark {
  /** What a counter stood at. */
  value: number;
  touchedAt: number;
}

/**
 * Takes away series that nobody touches any more: the queue that is gone, the customer who left. One that is used
 * again begins anew at zero. Returns a function that ends it. Its timer never keeps the process alive.
 *
 * Touching is any call that records; a counter is touched when it grows. Metrics without labels, infos and
 * observable metrics stay as they are: the latter know themselves what is gone.
 *
 * ```ts
 * const stop = expireSeries(registry, { afterSeconds: 3600, metrics: ['tenant_requests_total'] });
 * ```
 */
export function expireSeries(registry: Registry, options: ExpireSeriesOptions): () => void {
  const owner = 'expireSeries';
  checkMethods(owner, 'registry', registry, ['getMetricsAsArray']);
  const checked = checkOptions(owner, options, ['afterSeconds', 'metrics']);
  const after =
    checkNumber(owner, 'afterSeconds', checked.afterSeconds ?? Number.NaN, 0, { min: 0.001 }) * 1000;
  const names = checked.metrics && new Set(checked.metrics);
  const { clock } = registry.settings;
  const marks = new WeakMap<Series, Mark>();
  // A registry that nobody holds any more is not held by this either.
  const held = new WeakRef(registry);
  let timer: Timer;

  function wait(): void {
    timer = clock.setTimeout(() => {
      const current = held.deref();
      if (current === undefined) return;
      for (const metric of current.getMetricsAsArray()) {
        if (names?.has(metric.name) ?? true) sweep(metric, marks, clock.monotonic(), after);
      }
      wait();
    }, after / 4);
  }
  wait();
  return () => timer.cancel();
}

function sweep(metric: AnyMetric, marks: WeakMap<Series, Mark>, now: number, after: number): void {
  if (metric.labelNames.length === 0 || metric.kind === 'info' || 'observable' in metric) return;
  for (const series of metric.series()) {
    const value = metric.kind === 'counter' ? (series as { value?: number }).value! : 0;
    const mark = marks.get(series);
    const touched = metric.kind === 'counter' ? value !== mark?.value : series.live;
    if (mark === undefined || touched) marks.set(series, { value, touchedAt: now });
    else if (now - mark.touchedAt >= after) {
      metric.discard(series as never);
      continue;
    }
    // A series that is not live asks its metric at the next use, and is live again from then on: the calls in
    // between pay nothing. A counter has no such question on its path, but its value tells.
    if (metric.kind !== 'counter') series.live = false;
  }
}
