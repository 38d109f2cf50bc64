import { type Clock, systemClock, type Timer } from '../common/clock.js';
import { withinTime } from '../common/deadline.js';
import { Diagnostics } from '../common/diagnostics.js';
import type { FlushOptions } from '../common/export.js';
import { exportWith } from '../common/exporter-call.js';
import { checkMethods, checkNumber, checkOneOf, checkOptions } from '../common/options.js';
import { cryptoRandom, type RandomSource } from '../common/random.js';
import type { Resource } from '../common/resource.js';
import { withoutTelemetry } from '../common/suppression.js';
import type { Registry } from './registry.js';
import { CUMULATIVE, type PushMetricExporter } from './resource-metrics.js';
import { type RegistryReader, registryReader } from './resource-view.js';

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

const OWNER = 'periodicExporter';

/** Hands a registry to an exporter every so often. Its timer never keeps the process alive. */
export function periodicExporter(options: PeriodicExporterOptions): PeriodicExporter {
  return new Periodic(options);
}

class Periodic implements PeriodicExporter {
  readonly #reader: RegistryReader;
  readonly #resource: Resource;
  readonly #exporter: PushMetricExporter;
  readonly #interval: number;
  readonly #timeout: number;
  readonly #clock: Clock;
  /** Milliseconds after the full interval of the wall clock; undefined where the wall clock does not count. */
  readonly #offset: number | undefined;
  readonly #diagnostics: Diagnostics;
  #timer: Timer | undefined;
  #exporting: Promise<void> = Promise.resolve();
  /** Breaks off the step that is under way. */
  #underWay = new AbortController();
  #shutdown: Promise<void> | undefined;

  constructor(options: PeriodicExporterOptions) {
    const checked = checkOptions(OWNER, options, [
      'registry',
      'resource',
      'exporter',
      'interval',
      'phase',
      'timeout',
      'clock',
      'random',
      'diagnostics',
    ]);
    const registry = checkMethods(OWNER, 'registry', checked.registry, ['collect', 'getMetricsAsArray']);
    this.#resource = checkMethods(OWNER, 'resource', checked.resource, ['merge']);
    this.#exporter = checkMethods(OWNER, 'exporter', checked.exporter, ['export', 'forceFlush', 'shutdown']);
    this.#interval = checkNumber(OWNER, 'interval', checked.interval, 60_000, { min: 1 });
    this.#timeout = checkNumber(OWNER, 'timeout', checked.timeout, 30_000, { min: 1 });
    this.#clock = checked.clock ?? systemClock;
    this.#offset = this.#offsetOf(checked);
    this.#diagnostics = checked.diagnostics ?? new Diagnostics({ clock: this.#clock });
    const { exporter } = checked;
    this.#reader = registryReader({
      registry,
      resource: this.#resource,
      temporality: (type) => exporter.selectAggregationTemporality?.(type) ?? CUMULATIVE,
    });
    this.#wait();
  }

  async flush(options?: FlushOptions): Promise<void> {
    if (this.#shutdown !== undefined) return this.#shutdown;
    await this.#inAll(options, async (limit) => {
      await this.#exportOnce(limit);
      await this.#within('flush', async () => withoutTelemetry(() => this.#exporter.forceFlush()));
    });
  }

  shutdown(options?: FlushOptions): Promise<void> {
    this.#timer?.cancel();
    this.#shutdown ??= this.#inAll(options, async (limit) => {
      await this.#exportOnce(limit);
      await this.#within('shutdown', async () => withoutTelemetry(() => this.#exporter.shutdown()));
    });
    return this.#shutdown;
  }

  /** Does the work, which has so much time: then what is under way is broken off, and no export begins any more. */
  async #inAll(
    options: FlushOptions | undefined,
    work: (limit: AbortSignal) => Promise<void>,
  ): Promise<void> {
    const limit = new AbortController();
    const working = work(limit.signal);
    const ms = options?.timeoutMillis;
    if (ms === undefined) return working;
    if (await withinTime(working, ms, this.#clock)) return;
    limit.abort();
    this.#underWay.abort();
  }

  #wait(): void {
    this.#timer = this.#clock.setTimeout(async () => {
      await this.#exportOnce();
      if (this.#shutdown === undefined) this.#wait();
    }, this.#untilNext());
  }

  #untilNext(): number {
    const interval = this.#interval;
    if (this.#offset === undefined) return interval;
    const past = (this.#clock.now() - this.#offset) % interval;
    const left = interval - (past < 0 ? past + interval : past);
    // A timer may ring a little early; the same moment must not come twice.
    return left < Math.min(10, interval / 2) ? left + interval : left;
  }

  #offsetOf({ phase, random = cryptoRandom() }: PeriodicExporterOptions): number | undefined {
    if (phase === undefined) return undefined;
    const choice = checkOneOf(OWNER, 'phase', phase, 'aligned', ['aligned', 'jittered']);
    return choice === 'aligned' ? 0 : random.float() * this.#interval;
  }

  /** One after the other: a caller who comes while an export is under way gets one of its own after it. */
  #exportOnce(limit?: AbortSignal): Promise<void> {
    this.#exporting = this.#exporting.then(async () => {
      if (limit?.aborted !== true) await this.#within('export', (signal) => this.#export(signal));
    });
    return this.#exporting;
  }

  async #export(signal: AbortSignal): Promise<void> {
    if (this.#resource.asyncAttributesPending) await this.#resource.waitForAsyncAttributes?.();
    const metrics = await this.#reader.read();
    await exportWith(this.#exporter, metrics, signal);
  }

  async #within(
    step: 'export' | 'flush' | 'shutdown',
    work: (signal: AbortSignal) => Promise<void>,
  ): Promise<void> {
    const underWay = new AbortController();
    this.#underWay = underWay;
    let done = false;
    try {
      done = await withinTime(work(underWay.signal), this.#timeout, this.#clock);
      if (!done) {
        this.#tell(step, `has not ended after ${this.#timeout} ms`);
        underWay.abort();
      }
    } catch (error) {
      this.#tell(step, 'failed', error);
    }
    this.#count(step, done);
  }

  #count(step: string, success: boolean): void {
    const labels = { step, result: success ? 'success' : 'failure' };
    this.#diagnostics.counter(
      'telltale_metric_exports_total',
      'Exports of metrics, and flushes and shutdowns of their exporter, by result.',
      labels,
    ).value++;
  }

  #tell(step: string, what: string, error?: unknown): void {
    this.#diagnostics.report('export_failed', `metrics ${step}`, `The ${step} of metrics ${what}`, error);
  }
}
