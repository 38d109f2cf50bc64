import { describe, TelltaleError } from '../common/errors.js';
import { labelPair, labelText, MAX_LABEL_LENGTH } from './labels.js';
import { OVERFLOW_LABEL, type Series, type SeriesFactory } from './series.js';
import type { MetricSettings } from './settings.js';

/** One way in which a caller has spelled a series: its keys and values in the order they came. */
interface Spelling<S> {
  readonly hash: number;
  readonly parts: readonly unknown[];
  readonly series: S;
}

/** Slots looked at for one hash. */
const PROBES = 8;
const MAX_SLOTS = 8192;

/** Finds the series of a metric by its labels, and makes it when it is new. */
export class SeriesIndex<S extends Series> {
  readonly #owner: string;
  readonly #names: readonly string[];
  readonly #settings: MetricSettings;
  readonly #make: SeriesFactory<S>;
  readonly #byText = new Map<string, S>();
  readonly #scratch: unknown[];
  #slots: (Spelling<S> | undefined)[] = new Array(64).fill(undefined);
  #mask = 63;
  #bare: S | undefined;
  #overflow: S | undefined;

  constructor(owner: string, names: readonly string[], settings: MetricSettings, make: SeriesFactory<S>) {
    this.#owner = owner;
    this.#names = names;
    this.#settings = settings;
    this.#make = make;
    this.#scratch = new Array(names.length * 2 + 2).fill(undefined);
  }

  /** Every series that counts, in the order in which they came; the overflow series last. */
  *all(): IterableIterator<S> {
    yield* this.#byText.values();
    if (this.#overflow?.live) yield this.#overflow;
  }

  get size(): number {
    return this.#byText.size;
  }

  /** The series without any label. */
  bare(): S {
    if (this.#bare === undefined || !this.#bare.live) this.#bare = this.#at(this.#names.map(() => ''));
    return this.#bare;
  }

  /** The series of these labels. */
  find(labels: object): S {
    const scratch = this.#scratch;
    const limit = scratch.length - 2;
    let hash = 0;
    let n = 0;
    try {
      for (const key in labels) {
        if (n === limit) {
          n = Infinity; // more keys than there are names
          break;
        }
        const value = (labels as Record<string, unknown>)[key];
        if (typeof value === 'string') {
          const length = value.length;
          hash =
            (hash * 31 + length * 7 + value.charCodeAt(length - 1) + value.charCodeAt(length >> 1) * 5) | 0;
        } else if (typeof value === 'number') {
          hash = (hash * 31 + value) | 0;
        }
        scratch[n] = key;
        scratch[n + 1] = value;
        n += 2;
      }
    } catch {
      n = Infinity; // a getter that throws
    }
    if (n > limit) return this.#resolve(labels);
    let slot = hash & this.#mask;
    for (let probe = 0; probe < PROBES; probe++) {
      const spelling = this.#slots[slot];
      if (spelling === undefined) break;
      if (spelling.hash === hash && spelling.parts.length === n) {
        const parts = spelling.parts;
        let i = 0;
        while (i < n && parts[i] === scratch[i]) i++;
        if (i === n) return spelling.series;
      }
      slot = (slot + 1) & this.#mask;
    }
    return this.#resolve(labels, hash, scratch.slice(0, n));
  }

  /** The series for the arguments of `labels()`: an object, or values in the order of declaration. */
  child(labels: readonly unknown[]): S {
    const [first] = labels;
    if (typeof first === 'object' && first !== null) return this.find(first);
    if (labels.length > this.#names.length) this.#unknownLabel(labels[this.#names.length]);
    return this.#at(this.#read(labels));
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
    const values = this.#read(typeof first === 'object' && first !== null ? first : labels);
    const series = this.#byText.get(this.#textOf(values));
    if (series === undefined) return;
    this.#byText.delete(series.text);
    series.leave();
    this.#slots.fill(undefined);
  }

  /** Takes away every series. */
  clear(): void {
    for (const series of this.all()) series.leave();
    this.#byText.clear();
    this.#slots.fill(undefined);
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

  overflow(): S {
    this.#overflow ??= this.#make(labelPair(OVERFLOW_LABEL, 'true'), []);
    if (!this.#overflow.live) this.#start(this.#overflow);
    return this.#overflow;
  }

  #resolve(labels: object, hash?: number, parts?: readonly unknown[]): S {
    const known = this.#checkKeys(labels);
    const series = this.#at(this.#read(labels));
    if (known && parts?.every(isCacheable) && series !== this.#overflow) this.#remember(hash!, parts, series);
    return series;
  }

  #at(values: readonly string[]): S {
    const text = this.#textOf(values);
    return this.#byText.get(text) ?? this.#admit(this.#make(text, values));
  }

  #admit(series: S): S {
    if (this.#byText.size >= this.#settings.maxSeries && series.text !== '') {
      const overflow = this.overflow();
      this.#warnOfOverflow();
      return overflow;
    }
    this.#byText.set(series.text, series);
    this.#start(series);
    if (this.#byText.size * 4 > this.#slots.length && this.#slots.length < MAX_SLOTS) this.#grow();
    return series;
  }

  #start(series: S): void {
    series.clear();
    series.startedAt = this.#settings.clock.now();
    series.live = true;
  }

  /** The text of each declared label, from labels by name or a list of values. */
  #read(labels: object): string[] {
    const list = Array.isArray(labels);
    return this.#names.map((name, i) => {
      try {
        return labelText((labels as Record<string, unknown>)[list ? i : name]);
      } catch {
        return ''; // a getter that throws
      }
    });
  }

  #textOf(values: readonly string[]): string {
    let text = '';
    for (let i = 0; i < values.length; i++) {
      if (values[i] === '') continue;
      if (text !== '') text += ',';
      text += labelPair(this.#names[i]!, values[i]!);
    }
    return text;
  }

  /** Whether every key was declared. */
  #checkKeys(labels: object): boolean {
    let keys: string[];
    try {
      keys = Object.keys(labels);
    } catch {
      keys = [];
    }
    const unknown = keys.find((key) => !this.#names.includes(key));
    if (unknown === undefined) return true;
    this.#unknownLabel(unknown);
    return false;
  }

  #unknownLabel(label: unknown): void {
    this.#trouble(
      'unknown_label',
      `the label ${describe(label)} is not declared and is left out; declared: ${this.#names.join(', ') || 'none'}`,
    );
  }

  #remember(hash: number, parts: readonly unknown[], series: S): void {
    let slot = hash & this.#mask;
    for (let probe = 0; probe < PROBES && this.#slots[slot] !== undefined; probe++) {
      slot = (slot + 1) & this.#mask;
    }
    this.#slots[slot] = { hash, parts, series };
  }

  #grow(): void {
    this.#slots = new Array(this.#slots.length * 2).fill(undefined);
    this.#mask = this.#slots.length - 1;
  }

  #trouble(code: string, what: string): void {
    const message = `${this.#owner}: ${what}`;
    if (this.#settings.strict) throw new TelltaleError(message, code);
    this.#settings.diagnostics.report(code, this.#owner, message);
  }

  #warnOfOverflow(): void {
    const { diagnostics, maxSeries } = this.#settings;
    const { name, count } = this.#mostDiverse();
    diagnostics.report(
      'series_limit',
      this.#owner,
      `${this.#owner} has reached its limit of ${maxSeries} series, and what is new goes to one overflow series; ` +
        `its most diverse label is ${name} with ${count} values`,
    );
  }

  #mostDiverse(): { name: string; count: number } {
    let best = { name: 'none', count: 0 };
    for (const [i, name] of this.#names.entries()) {
      const values = new Set<string>();
      for (const series of this.#byText.values()) values.add(series.values[i]!);
      if (values.size > best.count) best = { name, count: values.size };
    }
    return best;
  }
}

/** Values whose text can never change, and that are small enough to be kept. */
function isCacheable(value: unknown): boolean {
  switch (typeof value) {
    case 'string':
      return value.length <= MAX_LABEL_LENGTH;
    case 'number':
    case 'boolean':
    case 'undefined':
      return true;
    default:
      return value === null;
  }
}
