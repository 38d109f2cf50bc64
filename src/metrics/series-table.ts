import { describe, TelltaleError } from '../common/errors.js';
import { LabelCache } from './label-cache.js';
import { type LabelValue, type LabelValues, labelPair, labelsOf, OVERFLOW_LABEL } from './labels.js';
import type { Series, SeriesHost } from './series.js';
import type { MetricSettings } from './settings.js';

/** The series of a metric: finds them by their labels, and makes those that are new. */
export abstract class SeriesTable<L extends string, S extends Series> implements SeriesHost {
  abstract readonly name: string;
  abstract readonly labelNames: readonly L[];
  abstract readonly settings: MetricSettings;
  readonly #byText = new Map<string, S>();
  #cache = new LabelCache<S>();
  #bare: S | undefined;

  /** The series as they stand, in the order in which they came: live objects for exporters, which only read them. */
  series(): readonly S[] {
    return [...this.#byText.values()];
  }

  /** The series of these labels, to be kept: no lookup afterwards. */
  labels(labels: LabelValues<L>): S;
  labels(...values: LabelValue[]): S;
  labels(...labels: [LabelValues<L>] | LabelValue[]): S {
    const [first] = labels;
    if (isObject(first)) return this.at(first);
    if (labels.length > this.labelNames.length) this.#unknownLabel(labels[this.labelNames.length]);
    return this.#of(labels);
  }

  /** Makes the series of these labels, or sets it back, so that it is shown before anything has happened. */
  zero(labels?: LabelValues<L>): void {
    this.at(labels).clear();
  }

  /** Takes away the series of these labels. */
  remove(labels: LabelValues<L>): void;
  remove(...values: LabelValue[]): void;
  remove(...labels: [LabelValues<L>] | LabelValue[]): void {
    const [first] = labels;
    const series = this.#byText.get(this.#textOf(isObject(first) ? copyOf(first) : labels));
    if (series !== undefined) this.discard(series);
  }

  /** Takes away one of its series. */
  discard(series: S): void {
    this.#byText.delete(series.text);
    series.leave();
    this.#cache = new LabelCache();
  }

  /** Takes away every series; a metric without labels begins again at zero. */
  reset(): void {
    for (const series of this.series()) this.discard(series);
    // It is there from the start, as in prom-client.
    if (this.labelNames.length === 0) this.at();
  }

  /** For its series: the one that is to count for one that is no longer live. */
  revive(series: S): S {
    const heir = this.#byText.get(series.text) ?? this.#admit(series);
    heir.live = true;
    return heir;
  }

  /** For its series: a value that is not counted. */
  badValue(value: unknown, accepted: string): void {
    const what = `the value ${describe(value)} is left out; accepted: ${accepted}`;
    this.#report('invalid_value', what, this.settings.strict);
  }

  /** For its series: begins to measure; calling what it returns hands the seconds on, and returns them. */
  stopwatch<T>(record: (seconds: number, labels?: T) => void): (labels?: T) => number {
    const { clock } = this.settings;
    const start = clock.monotonic();
    return (labels) => {
      const seconds = (clock.monotonic() - start) / 1000;
      record(seconds, labels);
      return seconds;
    };
  }

  /** The series that a call is about whose first argument may be labels. */
  protected at(labels?: unknown): S {
    if (isObject(labels)) return this.#cache.find(labels) ?? this.#resolve(labels);
    if (!this.#bare?.live) this.#bare = this.#of([]);
    return this.#bare;
  }

  /** A new series, not yet live. */
  protected abstract make(text: string): S;

  #resolve(labels: object): S {
    if (this.settings.denied) return this.at();
    const copy = copyOf(labels);
    const unknown = Object.keys(copy).find((key) => !(this.labelNames as readonly string[]).includes(key));
    if (unknown !== undefined) this.#unknownLabel(unknown);
    const series = this.#of(copy);
    if (unknown === undefined && series.text !== OVERFLOW) this.#cache.remember(copy, series);
    return series;
  }

  #of(labels: Labels): S {
    const text = this.#textOf(labels);
    return this.#byText.get(text) ?? this.#admit(this.make(text));
  }

  /** Takes a series in, or gives the one that takes what is beyond the limit. */
  #admit(series: S): S {
    const { clock, maxSeries } = this.settings;
    const { text } = series;
    const overflow = this.#byText.has(OVERFLOW);
    if (this.#byText.size - Number(overflow) >= maxSeries && text !== '' && text !== OVERFLOW) {
      if (!overflow) this.#warnOfOverflow();
      return this.#byText.get(OVERFLOW) ?? this.#admit(this.make(OVERFLOW));
    }
    this.#byText.set(text, series);
    series.clear();
    series.startedAt = clock.now();
    series.live = true;
    return series;
  }

  #textOf(labels: Labels): string {
    const parts: string[] = [];
    this.labelNames.forEach((name, i) => {
      const given = Array.isArray(labels) ? labels[i] : (labels as Record<string, unknown>)[name];
      const value = this.settings.labelText(given, name);
      if (value !== '') parts.push(parts.length === 0 ? '' : ',', labelPair(name, value));
    });
    if (parts.length > 0) parts.push('} ');
    // `join` makes one flat text; one put together with `+` keeps its parts, 200 bytes of them.
    return parts.join('');
  }

  #unknownLabel(label: unknown): void {
    const declared = this.labelNames.join(', ') || 'none';
    const what = `the label ${describe(label)} is not declared and is left out; declared: ${declared}`;
    this.#report('unknown_label', what, this.settings.strict);
  }

  #warnOfOverflow(): void {
    // Enough of them to see which label it is, whatever the limit.
    const some = this.series()
      .slice(0, 2000)
      .map(({ text }) => labelsOf(text));
    const variety = (label: L) => new Set(some.map((labels) => labels[label])).size;
    const [most] = [...this.labelNames].sort((a, b) => variety(b) - variety(a));
    this.#report(
      'series_limit',
      `the limit of ${this.settings.maxSeries} series is reached, more go to one overflow series; label ` +
        `${most} has ${variety(most!)} values or more`,
    );
  }

  #report(code: string, what: string, strict = false): void {
    const message = `${this.name}: ${what}`;
    if (strict) throw new TelltaleError(message, code);
    this.settings.diagnostics.report(code, this.name, message);
  }
}

/** The text of the series that takes what is beyond the limit. */
const OVERFLOW = /* @__PURE__ */ OVERFLOW_LABEL.concat('="true"} ');

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
