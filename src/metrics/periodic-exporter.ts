import { type Clock, systemClock, type Timer } from '../common/clock.js';
import { withinTime } from '../common/deadline.js';
import { Diagnostics } from '../common/diagnostics.js';
import type { FlushOptions } from '../common/export.js';
import { exportWith } from '../common/exporter-call.js';
import { checkNumbers } from '../common/number-table.js';
import { checkAll, checkRule, hasMethods, oneOf } from '../common/options.js';
import { cryptoRandom, type RandomSource } from '../common/random.js';
import type { Resource } from '../common/resource.js';
import { withoutTelemetry } from '../common/suppression.js';
import type { Registry } from './registry.js';
import { CUMULATIVE, type PushMetricExporter } from './resource-metrics.js';
import { registryReader } from './resource-view.js';

export interface PeriodicExporterOptions {
  registry: Registry;
  resource: Resource;
  /** Any OpenTelemetry metric exporter. What it says of temporality is heeded. */
  exporter: PushMetricExporter;
  /** Milliseconds between two exports. Default 60,000. */
  interval?: number;
  /**
   * When within each interval to export. `aligned`: when the wall clock is at a multiple of the interval, so that
   * the points of all processes stand at the same times. `jittered`: at a place in the interval that chance picks
   * at the start, so that many processes do not all call at once. Default: an interval after the start.
   */
  phase?: 'aligned' | 'jittered';
  /** Milliseconds that one export, a flush of the exporter, or its shutdown may take. Default 30,000. */
  timeout?: number;
  clock?: Clock;
  random?: RandomSource;
  diagnostics?: Diagnostics;
}

export interface PeriodicExporter {
  /**
   * Exports what stands now. Settles within the timeouts, or within `timeoutMillis` in all, when an export that is
   * still under way is broken off; never rejects: failures are told to diagnostics.
   */
  flush(options?: FlushOptions): Promise<void>;
  /** Exports a last time and shuts the exporter down. Settles as `flush` does; a second call changes nothing. */
  shutdown(options?: FlushOptions): Promise<void>;
}

/** Hands a registry to an exporter every so often. Its timer never keeps the process alive. */
export function periodicExporter(options: PeriodicExporterOptions): PeriodicExporter {
  const owner = 'periodicExporter';
  const given = checkAll(
    owner,
    options,
    ['registry', 'resource', 'exporter', 'interval', 'timeout', 'clock', 'random', 'diagnostics'],
    { phase: oneOf('aligned', 'jittered') },
  );
  const { registry, resource, exporter, phase, clock = systemClock } = given;
  checkRule(owner, 'registry', registry, hasMethods('collect', 'getMetricsAsArray'));
  checkRule(owner, 'resource', resource, ['what createResource() of telltale gives', hasMethods('merge')[1]]);
  checkRule(owner, 'exporter', exporter, hasMethods('export', 'forceFlush', 'shutdown'));
  const { interval, timeout } = checkNumbers<'interval' | 'timeout'>(owner, '', given, {
    interval: [60_000, 1],
    timeout: [30_000, 1],
  });
  const { random = cryptoRandom(), diagnostics = new Diagnostics({ clock }) } = given;
  const { read } = registryReader({
    registry,
    resource,
    temporality: (type) => exporter.selectAggregationTemporality?.(type) ?? CUMULATIVE,
  });
  /** Milliseconds after the full interval of the wall clock, where that counts. */
  const offset = phase === 'jittered' ? random.float() * interval : 0;
  let timer: Timer | undefined;
  let exporting = Promise.resolve();
  /** Breaks off the step that is under way. */
  let underWay: AbortController | undefined;
  let ended: Promise<void> | undefined;

  function wait(): void {
    timer = clock.setTimeout(async () => {
      await exportOnce();
      if (ended === undefined) wait();
    }, untilNext());
  }

  function untilNext(): number {
    if (phase === undefined) return interval;
    const past = (clock.now() - offset) % interval;
    const left = interval - (past < 0 ? past + interval : past);
    // A timer may ring a little early; the same moment must not come twice.
    return left < Math.min(10, interval / 2) ? left + interval : left;
  }

  /** Exports what stands now, then lets the exporter do that step. */
  function exportThen(step: 'flush' | 'shutdown', of: FlushOptions | undefined): Promise<void> {
    return inAll(of?.timeoutMillis, async (limit) => {
      await exportOnce(limit);
      const method = step === 'flush' ? 'forceFlush' : step;
      await within(step, async () => withoutTelemetry(() => exporter[method]()));
    });
  }

  /** Does the work, which has so much time: then what is under way is broken off, and no export begins any more. */
  async function inAll(ms: number | undefined, work: (limit: AbortSignal) => Promise<void>): Promise<void> {
    const limit = new AbortController();
    const working = work(limit.signal);
    if (ms === undefined) return working;
    if (await withinTime(working, ms, clock)) return;
    limit.abort();
    underWay?.abort();
  }

  /** One after the other: a caller who comes while an export is under way gets one of its own after it. */
  function exportOnce(limit?: AbortSignal): Promise<void> {
    exporting = exporting.then(async () => {
      if (limit?.aborted !== true) await within('export', exportNow);
    });
    return exporting;
  }

  async function exportNow(signal: AbortSignal): Promise<void> {
    if (resource.asyncAttributesPending) await resource.waitForAsyncAttributes?.();
    await exportWith(exporter, await read(), signal);
  }

  async function within(step: string, work: (signal: AbortSignal) => Promise<unknown>): Promise<void> {
    const controller = new AbortController();
    underWay = controller;
    let done = false;
    try {
      done = await withinTime(work(controller.signal), timeout, clock);
      if (!done) {
        tell(step, `has not ended after ${timeout} ms`);
        controller.abort();
      }
    } catch (error) {
      tell(step, 'failed', error);
    }
    diagnostics.counter(
      'telltale_metric_exports_total',
      'Exports of metrics, and flushes and shutdowns of their exporter, by result.',
      { step, result: done ? 'success' : 'failure' },
    ).value++;
  }

  function tell(step: string, what: string, error?: unknown): void {
    diagnostics.report('export_failed', `metrics ${step}`, `The ${step} of metrics ${what}`, error);
  }

  wait();
  return {
    flush: (of) => ended ?? exportThen('flush', of),
    shutdown(of) {
      timer?.cancel();
      ended ??= exportThen('shutdown', of);
      return ended;
    },
  };
}
