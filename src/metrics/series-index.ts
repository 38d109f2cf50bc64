import type { Clock } from '../common/clock.js';
import { describe, TelltaleError } from '../common/errors.js';
import { LabelCache } from './label-cache.js';
import { labelPair, labelsOf, labelText, OVERFLOW_LABEL } from './labels.js';
import type { Series, SeriesHost } from './series.js';
import type { MetricSettings } from './settings.js';

/** Finds the series of a metric by its labels, and makes it when it is new. */
export class SeriesIndex<S extends Series> implements SeriesHost {
  readonly clock: Clock;
  readonly #owner: string;
  readonly #names: readonly string[];
  readonly #settings: MetricSettings;
  readonly #make: (text: string) => S;
  readonly #byText = new Map<string, S>();
  readonly #cache = new LabelCache<S>();
  #bare: S | undefined;

  constructor(owner: string, names: readonly string[], settings: MetricSettings, make: (text: string) => S) {
    this.clock = settings.clock;
    this.#owner = owner;
    this.#names = names;
    this.#settings = settings;
    this.#make = make;
  }

  /** Every series that counts, in the order in which they came. */
  all(): S[] {
    return [...this.#byText.values()];
  }

  /** The series without any label. */
  bare(): S {
    if (!this.#bare?.live) this.#bare = this.#at([]);
    return this.#bare;
  }

  /** The series of these labels. */
  find(labels: object): S {
    return this.#cache.find(labels) ?? this.#resolve(labels);
  }

  /** The series for the arguments of `labels()`: an object, or values in the order of declaration. */
  child(labels: readonly unknown[]): S {
    const [first] = labels;
    if (isObject(first)) return this.find(first);
    if (labels.length > this.#names.length) this.#unknownLabel(labels[this.#names.length]);
    return this.#at(labels);
  }

  revive(series: S): S {
    return this.#byText.get(series.text) ?? this.#admit(series);
  }

  /** Takes away the series for such arguments. */
  remove(labels: readonly unknown[]): void {
    const [first] = labels;
    const series = this.#byText.get(this.#textOf(isObject(first) ? copyOf(first) : labels));
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

  badValue(value: unknown, accepted: string): void {
    this.#trouble('invalid_value', `the value ${describe(value)} is left out; accepted: ${accepted}`);
  }

  stopwatch<T>(record: (seconds: number, labels?: T) => void): (labels?: T) => number {
    const start = this.clock.monotonic();
    return (labels) => {
      const seconds = (this.clock.monotonic() - start) / 1000;
      record(seconds, labels);
      return seconds;
    };
  }

  #resolve(labels: object): S {
    const copy = copyOf(labels);
    const unknown = Object.keys(copy).find((key) => !this.#names.includes(key));
    if (unknown !== undefined) this.#unknownLabel(unknown);
    const series = this.#at(copy);
    if (unknown === undefined && series.text !== OVERFLOW) this.#cache.remember(copy, series);
    return series;
  }

  #at(labels: Labels): S {
    const text = this.#textOf(labels);
    return this.#byText.get(text) ?? this.#admit(this.#make(text));
  }

  /** Takes a series in, or gives the one that takes what is beyond the limit. */
  #admit(series: S): S {
    const { maxSeries } = this.#settings;
    const { text } = series;
    const overflow = this.#byText.get(OVERFLOW);
    if (this.#byText.size - Number(overflow !== undefined) >= maxSeries && text !== '' && text !== OVERFLOW) {
      if (overflow !== undefined) return overflow;
      this.#warnOfOverflow();
      return this.#admit(this.#make(OVERFLOW));
    }
    this.#byText.set(text, series);
    series.clear();
    series.startedAt = this.clock.now();
    series.live = true;
    return series;
  }

  #textOf(labels: Labels): string {
    const parts: string[] = [];
    for (const [i, name] of this.#names.entries()) {
      const value = labelText(Array.isArray(labels) ? labels[i] : (labels as Record<string, unknown>)[name]);
      if (value !== '') parts.push(parts.length === 0 ? '' : ',', labelPair(name, value));
    }
    // `join` makes one flat text; one put together with `+` keeps its parts, 200 bytes of them.
    return parts.length === 0 ? '' : [...parts, '} '].join('');
  }

  #unknownLabel(label: unknown): void {
    this.#trouble(
      'unknown_label',
      `the label ${describe(label)} is not declared and is left out; declared: ${this.#names.join(', ') || 'none'}`,
    );
  }

  #trouble(code: string, what: string): void {
    if (this.#settings.strict) throw new TelltaleError(`${this.#owner}: ${what}`, code);
    this.#report(code, what);
  }

  #warnOfOverflow(): void {
    // Enough of them to see which label it is, whatever the limit.
    const some = this.all()
      .slice(0, 2000)
      .map(({ text }) => labelsOf(text));
    let most = 0;
    let label: string | undefined;
    for (const name of this.#names) {
      const { size } = new Set(some.map((labels) => labels[name]));
      if (size <= most) continue;
      most = size;
      label = name;
    }
    this.#report(
      'series_limit',
      `the limit of ${this.#settings.maxSeries} series is reached, and new ones go to one overflow series; the label ` +
        `${label} has ${most} values or more`,
    );
  }

  #report(code: string, what: string): void {
    this.#settings.diagnostics.report(code, this.#owner, `${this.#owner}: ${what}`);
  }
}

/** The text of the series that takes what is beyond the limit. */
const OVERFLOW = `${OVERFLOW_LABEL}="true"} `;

/** By name, or values in the order of declaration. */
type Labels = Readonly<Record<string, unknown>> | readonly unknown[];

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
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
