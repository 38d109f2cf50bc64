import { describe, TelltaleError } from '../common/errors.js';
import { LabelCache } from './label-cache.js';
import { labelPair, labelText } from './labels.js';
import { OVERFLOW_LABEL, type Series, type SeriesFactory } from './series.js';
import type { MetricSettings } from './settings.js';

/** Finds the series of a metric by its labels, and makes it when it is new. */
export class SeriesIndex<S extends Series> {
  readonly #owner: string;
  readonly #names: readonly string[];
  readonly #settings: MetricSettings;
  readonly #make: SeriesFactory<S>;
  readonly #byText = new Map<string, S>();
  readonly #cache = new LabelCache<S>();
  #bare: S | undefined;
  #overflow: S | undefined;

  constructor(owner: string, names: readonly string[], settings: MetricSettings, make: SeriesFactory<S>) {
    this.#owner = owner;
    this.#names = names;
    this.#settings = settings;
    this.#make = make;
  }

  /** Every series that counts, in the order in which they came; the overflow series last. */
  all(): S[] {
    const all = [...this.#byText.values()];
    if (this.#overflow?.live) all.push(this.#overflow);
    return all;
  }

  /** The series without any label. */
  bare(): S {
    if (this.#bare === undefined || !this.#bare.live) this.#bare = this.#at(this.#valuesOf([]));
    return this.#bare;
  }

  /** The series of these labels. */
  find(labels: object): S {
    return this.#cache.find(labels) ?? this.#resolve(labels);
  }

  /** The series for the arguments of `labels()`: an object, or values in the order of declaration. */
  child(labels: readonly unknown[]): S {
    const [first] = labels;
    if (typeof first === 'object' && first !== null) return this.find(first);
    if (labels.length > this.#names.length) this.#unknownLabel(labels[this.#names.length]);
    return this.#at(this.#valuesOf(labels));
  }

  /** The series that is to count for one that is no longer live. */
  revive(series: S): S {
    const current = this.#byText.get(series.text);
    if (current !== undefined) return current;
    if (series.values.length > 0 || this.#names.length === 0) return this.#admit(series);
    return this.overflow();
  }

  /** Takes away the series for such arguments. */
  remove(labels: readonly unknown[]): void {
    const [first] = labels;
    const values = this.#valuesOf(typeof first === 'object' && first !== null ? copyOf(first) : labels);
    const series = this.#byText.get(this.#textOf(values));
    if (series === undefined) return;
    this.#byText.delete(series.text);
    series.leave();
    this.#cache.clear();
  }

  /** Takes away every series. */
  clear(): void {
    for (const series of this.all()) series.leave();
    this.#byText.clear();
    this.#cache.clear();
  }

  /** A value that is not counted. */
  badValue(value: unknown, accepted: string): void {
    this.#trouble('invalid_value', `the value ${describe(value)} is left out; accepted: ${accepted}`);
  }

  /** Wall-clock milliseconds. */
  now(): number {
    return this.#settings.clock.now();
  }

  /** Monotonic milliseconds. */
  monotonic(): number {
    return this.#settings.clock.monotonic();
  }

  /** Begins to measure; calling what it returns hands the seconds on, and returns them. */
  stopwatch<T>(record: (seconds: number, labels?: T) => void): (labels?: T) => number {
    const start = this.monotonic();
    return (labels) => {
      const seconds = (this.monotonic() - start) / 1000;
      record(seconds, labels);
      return seconds;
    };
  }

  /** The one series that takes what is beyond the limit. */
  overflow(): S {
    this.#overflow ??= this.#make(`${labelPair(OVERFLOW_LABEL, 'true')}} `, []);
    if (!this.#overflow.live) this.#start(this.#overflow);
    return this.#overflow;
  }

  #resolve(labels: object): S {
    const copy = copyOf(labels);
    const unknown = Object.keys(copy).find((key) => !this.#names.includes(key));
    if (unknown !== undefined) this.#unknownLabel(unknown);
    const series = this.#at(this.#valuesOf(copy));
    if (unknown === undefined && series !== this.#overflow) this.#cache.remember(copy, series);
    return series;
  }

  #at(values: readonly string[]): S {
    const text = this.#textOf(values);
    return this.#byText.get(text) ?? this.#admit(this.#make(text, values));
  }

  #admit(series: S): S {
    if (this.#byText.size >= this.#settings.maxSeries && series.text !== '') {
      if (!this.#overflow?.live) this.#warnOfOverflow();
      return this.overflow();
    }
    this.#byText.set(series.text, series);
    this.#start(series);
    return series;
  }

  #start(series: S): void {
    series.clear();
    series.startedAt = this.#settings.clock.now();
    series.live = true;
  }

  /** The text of each declared label, from labels by name or a list of values. */
  #valuesOf(labels: Readonly<Record<string, unknown>> | readonly unknown[]): string[] {
    return this.#names.map((name, i) =>
      labelText(Array.isArray(labels) ? labels[i] : (labels as Record<string, unknown>)[name]),
    );
  }

  #textOf(values: readonly string[]): string {
    let text = '';
    for (let i = 0; i < values.length; i++) {
      if (values[i] === '') continue;
      if (text !== '') text += ',';
      text += labelPair(this.#names[i]!, values[i]!);
    }
    return text === '' ? '' : `${text}} `;
  }

  #unknownLabel(label: unknown): void {
    this.#trouble(
      'unknown_label',
      `the label ${describe(label)} is not declared and is left out; declared: ${this.#names.join(', ') || 'none'}`,
    );
  }

  #trouble(code: string, what: string): void {
    const message = `${this.#owner}: ${what}`;
    if (this.#settings.strict) throw new TelltaleError(message, code);
    this.#settings.diagnostics.report(code, this.#owner, message);
  }

  #warnOfOverflow(): void {
    const { diagnostics, maxSeries } = this.#settings;
    const counts = this.#names.map((_, i) => new Set(this.all().map(({ values }) => values[i])).size);
    const most = Math.max(...counts);
    diagnostics.report(
      'series_limit',
      this.#owner,
      `${this.#owner} has reached its limit of ${maxSeries} series, and what is new goes to one overflow series; ` +
        `its most diverse label is ${this.#names[counts.indexOf(most)]} with ${most} values`,
    );
  }
}

/** What labels hold at this moment, read once; a value that cannot be read is undefined. Never throws. */
function copyOf(labels: object): Record<string, unknown> {
  const copy = Object.create(null) as Record<string, unknown>;
  try {
    for (const key in labels) {
      copy[key] = undefined;
      try {
        copy[key] = (labels as Record<string, unknown>)[key];
      } catch {
        // a getter
      }
    }
  } catch {
    // A proxy: what was read until then counts.
  }
  return copy;
}
