import { type Clock, systemClock } from '../../common/clock.js';
import { checkInteger, checkOptions } from '../../common/options.js';
import type { FloatHistogram } from '../histogram/histogram.js';
import { isWellFormed, Labels } from '../labels.js';
import type { Matcher } from '../matcher.js';
import type { Queryable } from '../queryable.js';
import type { Work } from '../work.js';
import { Arena } from './arena.js';
import { ExemplarRing } from './exemplars.js';
import { MetadataTable } from './metadata.js';
import { Postings } from './postings.js';
import { type IngestCounters, Series } from './series.js';
import { StagingPool } from './staging.js';

export interface TimeSeriesStoreOptions {
  /** How long samples are kept, in milliseconds. Default six hours. `Infinity` keeps all that fits. */
  retention?: number;
  /** Bytes of packed samples kept at most; the oldest go first. Default 128 MiB. */
  maxBytes?: number;
  /** Series at most; samples of further ones are refused and counted. Default 100,000. */
  maxSeries?: number;
  /** Exemplars kept at most, the newest of all series together. Default 4,096; 0 keeps none. */
  maxExemplars?: number;
  clock?: Clock;
}

/** How a store stands. */
export interface StoreStats extends Readonly<IngestCounters> {
  readonly series: number;
  /** Bytes of samples, packed and waiting; labels and index come on top. */
  readonly bytes: number;
  /** Samples refused because there were `maxSeries` series already. */
  readonly tooManySeries: number;
}

/** Blocks are dropped and idle series let go at most once in this many milliseconds of samples. */
const PRUNE_EVERY = 60_000;

/**
 * Time series in memory: compressed, indexed by label, kept for a while. Read with PromQL through
 * `embeddedSource`.
 *
 * @example
 * const store = new TimeSeriesStore();
 * const up = store.series({ __name__: 'up', job: 'api' });
 * up?.append(Date.now(), 1);
 */
export class TimeSeriesStore implements Queryable {
  /** Exemplars that targets told of. Not part of a snapshot. */
  readonly exemplars: ExemplarRing;
  /** Type, help and unit of metrics, as targets told them. Not part of a snapshot. */
  readonly metadata: MetadataTable;
  readonly #clock: Clock;
  readonly #retention: number;
  readonly #maxBytes: number;
  readonly #maxSeries: number;
  readonly #byKey = new Map<string, Series>();
  readonly #postings = new Postings();
  readonly #arena = new Arena();
  readonly #staging = new StagingPool();
  readonly #counters: IngestCounters = { appended: 0, outOfOrder: 0, duplicate: 0, invalidTime: 0 };
  #tooManySeries = 0;
  #newest = -Infinity;
  #nextPrune = -Infinity;

  constructor(options?: TimeSeriesStoreOptions) {
    const owner = 'TimeSeriesStore';
    const given = checkOptions(owner, options, [
      'retention',
      'maxBytes',
      'maxSeries',
      'maxExemplars',
      'clock',
    ]);
    this.#retention = checkInteger(owner, 'retention', given.retention, 6 * 3_600_000, { min: 1 });
    this.#maxBytes = checkInteger(owner, 'maxBytes', given.maxBytes, 128 * 2 ** 20, { min: 2 ** 16 });
    this.#maxSeries = checkInteger(owner, 'maxSeries', given.maxSeries, 100_000, { min: 1 });
    this.exemplars = new ExemplarRing(
      checkInteger(owner, 'maxExemplars', given.maxExemplars, 4096, { min: 0, max: 10_000_000 }),
    );
    this.metadata = new MetadataTable(this.#maxSeries);
    this.#clock = given.clock ?? systemClock;
  }

  get stats(): StoreStats {
    return {
      ...this.#counters,
      series: this.#byKey.size,
      bytes: this.#arena.usedBytes + this.#staging.bytes,
      tooManySeries: this.#tooManySeries,
    };
  }

  /**
   * The handle of a series, made where there is none: append through it. `undefined` where there are too many
   * series. A handle is good until the store lets the series go, after the whole retention without a sample;
   * `append` by labels never has that trouble.
   */
  series(labels: Labels | Readonly<Record<string, string>>): Series | undefined {
    const set = labels instanceof Labels ? labels : Labels.from(wellFormed(recordOf(labels)));
    const existing = this.#byKey.get(set.key);
    if (existing !== undefined) return existing;
    if (this.#byKey.size >= this.#maxSeries) {
      this.#tooManySeries++;
      return undefined;
    }
    const series = new Series(set, { arena: this.#arena, staging: this.#staging, counters: this.#counters });
    this.#byKey.set(set.key, series);
    this.#postings.add(series);
    return series;
  }

  /** Appends one sample; returns whether it was taken. `time` in milliseconds, default now. */
  append(
    labels: Labels | Readonly<Record<string, string>>,
    value: number | FloatHistogram,
    time: number = this.#clock.now(),
  ): boolean {
    const series = this.series(labels);
    if (series === undefined) return false;
    const taken =
      typeof value === 'number' ? series.append(time, value) : series.appendHistogram(time, value);
    if (taken && time > this.#newest) this.#newest = time;
    if (time >= this.#nextPrune) this.prune(time);
    return taken;
  }

  /**
   * Drops what is older than the retention (counted back from `now`) or does not fit, and series without samples.
   * Returns how many series went.
   */
  prune(now: number = this.#clock.now()): number {
    this.#nextPrune = now + PRUNE_EVERY;
    const oldest = now - this.#retention;
    this.#arena.drop(oldest, this.#maxBytes);
    const gone = new Set<Series>();
    for (const series of this.#postings.all) {
      if (series.lastTime >= oldest) continue;
      series.release();
      if (series.isEmptyBefore(oldest)) gone.add(series);
    }
    if (gone.size === 0) return 0;
    this.#postings.remove(gone);
    for (const series of gone) this.#byKey.delete(series.labels.key);
    return gone.size;
  }

  async select(matchers: readonly Matcher[], from: number, to: number, work: Work): Promise<Series[]> {
    const selected = await this.#postings.select(matchers, work);
    return selected.filter((series) => series.lastTime >= from && series.firstTime <= to);
  }

  /** Every series, in the order in which they were made. */
  get allSeries(): readonly Series[] {
    return this.#postings.all;
  }

  /** Every label's name, sorted. */
  labelNames(): string[] {
    return this.#postings.names();
  }

  /** Every value of a label, sorted. */
  labelValues(name: string): string[] {
    return this.#postings.values(name);
  }
}

/** Labels of the other copy of telltale, ESM or CJS, are of another class: they are known by their shape. */
function recordOf(labels: Labels | Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const { toObject } = labels as Partial<Labels>;
  return typeof toObject === 'function'
    ? toObject.call(labels)
    : (labels as Readonly<Record<string, string>>);
}

/** Label values with lone surrogates mended: keys of label sets are told apart by one. */
function wellFormed(labels: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  let mended: Record<string, string> | undefined;
  for (const [name, value] of Object.entries(labels)) {
    if (isWellFormed(name) && isWellFormed(value)) continue;
    mended ??= { ...labels };
    delete mended[name];
    mended[mend(name)] = mend(value);
  }
  return mended ?? labels;
}

function mend(text: string): string {
  return text.replace(/[\ud800-\udfff]/gu, '\ufffd');
}
