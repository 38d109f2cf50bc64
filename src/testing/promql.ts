import type { Clock, Timer } from '../common/clock.js';
import { Diagnostics } from '../common/diagnostics.js';
import { invalidOption } from '../common/errors.js';
import { checkMethods, checkOptions } from '../common/options.js';
import type { Registry } from '../metrics/index.js';
import type {
  FloatHistogram,
  MetricSource,
  QueryResult,
  RegistryScraper,
  TimeSeriesStore,
} from '../query/index.js';
import { FakeClock } from './fake-clock.js';
import { onReset } from './resets.js';

export interface PromqlOverOptions {
  /** How often the registry is read, as a scrape would: `'15s'`, `'1m'`. Default 15 s. */
  interval?: string;
}

export interface AskOptions {
  /**
   * When the expression is evaluated: a `Date`, or how long after `promqlOver` was called (`'5m'`). Default now, or
   * the last sample that was loaded where that is later.
   */
  time?: string | Date;
}

/** A series of an answer, at one moment. */
export interface PromqlSample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number | FloatHistogram;
}

/** A series of an answer to `x[5m]` or a subquery: its values in the order of time. */
export interface PromqlSeries {
  readonly labels: Readonly<Record<string, string>>;
  readonly values: readonly (number | FloatHistogram)[];
}

/**
 * A number for a scalar, a string for a string, else the series, in the order of Prometheus. Fractions are rounded to
 * twelve digits, so that `toEqual` sees 0.3 where floating point has 0.30000000000000004.
 */
export type PromqlAnswer = number | string | PromqlSample[] | PromqlSeries[];

/** Asks in PromQL. */
export interface Promql {
  /** Evaluates an expression; rejects with a `QueryError` that names position and reason where it is wrong. */
  (expression: string, options?: AskOptions): Promise<PromqlAnswer>;
  /**
   * Loads series in the notation of Prometheus's unit tests, one a line, their samples `step` apart and the first
   * at the moment at which `promqlOver` was called.
   *
   * @example promql.load('http_requests_total{route="/a"} 0+10x60', '15s');
   */
  load(lines: string, step: string): void;
}

/** What is read: a test telemetry, or any registry with its clock. */
export type PromqlSubject = { readonly registry: Registry; readonly clock: Clock };

/**
 * PromQL in a unit test: the metrics of a test telemetry are read on an interval of its clock, counted from this call,
 * as a Prometheus would scrape them, and once more at the moment of asking. What is asked here can be asked of a real Prometheus.
 * Without a telemetry, series come from `load` alone and begin at the epoch. A reset of the telemetry forgets it all.
 *
 * @example
 * const promql = await promqlOver(telemetry);
 * for (let i = 0; i < 8; i++) {
 *   await orders.place('A-1', 99.5, 'card');
 *   await telemetry.clock.advance(15_000);
 * }
 * expect(await promql('sum(increase(orders_placed_total[1m]))')).toEqual([{ labels: {}, value: 4 }]);
 */
export async function promqlOver(subject?: PromqlSubject, options?: PromqlOverOptions): Promise<Promql> {
  // Loaded here: the other tests of a project, which ask nothing, do not pay for the engine.
  const door = await import('../query/index.js');
  const owner = 'promqlOver';
  const given = checkOptions(owner, options, ['interval']);
  const durationOf = (option: string, text: string): number => {
    const ms = typeof text === 'string' ? door.parseDuration(text) : undefined;
    if (ms !== undefined && (ms > 0 || option === 'time')) return ms;
    throw invalidOption(owner, option, text, "a duration of Prometheus such as '15s' or '1m30s'");
  };
  const interval = durationOf('interval', given.interval ?? '15s');
  const registry = subject && checkMethods(owner, 'registry', subject.registry, ['collect']);
  const clock = subject?.clock ?? new FakeClock({ now: 0 });
  let trouble: unknown;
  const diagnostics = new Diagnostics({
    clock,
    interval: 0,
    handler: ({ error, message }) => {
      trouble ??= error ?? new Error(message);
    },
  });
  let start: number;
  let loadedTo: number;
  let store: TimeSeriesStore;
  let source: MetricSource;
  let scraper: RegistryScraper | undefined;
  let timer: Timer | undefined;
  // The reader keeps to multiples of the interval on the wall clock; a test counts from where it began.
  const readerClock: Clock = {
    now: () => clock.now(),
    monotonic: () => clock.monotonic(),
    setTimeout: () => ({ cancel() {} }),
  };

  function begin(): void {
    timer?.cancel();
    start = clock.now();
    loadedTo = -Infinity;
    store = new door.TimeSeriesStore({ retention: Infinity, clock });
    source = door.embeddedSource(store, { clock, experimental: true });
    scraper = registry && door.registryScraper({ registry, store, clock: readerClock, diagnostics });
    if (scraper !== undefined) schedule(scraper);
  }

  function schedule(reader: RegistryScraper): void {
    if (reader !== scraper) return;
    const wait = interval - ((clock.now() - start) % interval);
    timer = clock.setTimeout(() => void reader.scrape().then(() => schedule(reader)), wait);
  }

  /** The registry as it stands now. What could not be read is an error: the answer would be wrong. */
  async function read(): Promise<void> {
    const { duplicate } = store.stats;
    await scraper?.scrape();
    if (trouble !== undefined) throw trouble;
    if (store.stats.duplicate === duplicate) return;
    throw new Error(
      'promql: a metric changed since it was read at this very moment, and one moment has one value; ' +
        'let time pass before asking: await telemetry.clock.advance(1)',
    );
  }

  async function ask(expression: string, { time }: AskOptions = {}): Promise<PromqlAnswer> {
    const now = Math.max(clock.now(), loadedTo);
    const at = typeof time === 'string' ? start + durationOf('time', time) : (time?.getTime() ?? now);
    await read();
    return plain(await source.query(expression, { time: at }));
  }

  function load(lines: string, step: string): void {
    const ms = durationOf('step', step);
    const before = store.stats;
    for (const line of lines.split('\n').map((text) => text.trim())) {
      if (line === '' || line.startsWith('#')) continue;
      door.loadSeries(store, { step: ms, start }, line);
      loadedTo = Math.max(loadedTo, start + ms * (door.parseSeries(line).values.length - 1));
    }
    const { outOfOrder, duplicate } = store.stats;
    if (outOfOrder + duplicate === before.outOfOrder + before.duplicate) return;
    throw new Error(
      'promql: a series that is loaded has samples at those times already; load each series once',
    );
  }

  begin();
  if (subject !== undefined) onReset(subject, begin);
  return Object.assign(ask, { load });
}

function plain(result: QueryResult): PromqlAnswer {
  switch (result.type) {
    case 'string':
      return result.value;
    case 'scalar':
      return rounded(result.value);
    case 'vector':
      return result.samples.map(({ labels, value }) => ({
        labels: labels.toObject(),
        value: rounded(value),
      }));
    case 'matrix':
      return result.series.map(({ labels, points }) => ({
        labels: labels.toObject(),
        values: points.map(({ value }) => rounded(value)),
      }));
  }
}

/** To twelve digits: a rate of 1.9999999999999998 is 2 to whoever writes a test. Whole numbers stay exact. */
function rounded<T extends number | FloatHistogram>(value: T): T | number {
  return typeof value !== 'number' || Number.isInteger(value) ? value : Number(value.toPrecision(12));
}
