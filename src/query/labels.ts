import { quote } from './quote.js';

/** The label that holds the name of a metric. */
export const METRIC_NAME = '__name__';
/** Labels that describe a metric rather than a series; operations that drop the name drop all of them. */
const METADATA_LABELS: readonly string[] = [METRIC_NAME, '__type__', '__unit__'];

/** Between the parts of a key. A lone surrogate: well-formed text, which label values are, has none. */
const SEPARATOR = '\ud800';

/** The labels of a series: names and values, sorted by name, each name once, no empty value. Immutable. */
export class Labels {
  static readonly EMPTY: Labels = /* @__PURE__ */ new Labels([]);

  /** Name, value, name, value, … sorted by name. */
  readonly #pairs: readonly string[];
  #key: string | undefined;

  private constructor(pairs: readonly string[]) {
    this.#pairs = pairs;
  }

  /** Labels from an object. Empty values are left out, as Prometheus does: no label and an empty one are the same. */
  static from(record: Readonly<Record<string, string>>): Labels {
    const pairs: string[] = [];
    for (const name of Object.keys(record).sort()) {
      const value = record[name]!;
      if (value !== '') pairs.push(name, value);
    }
    return pairs.length === 0 ? Labels.EMPTY : new Labels(pairs);
  }

  /** Labels from entries; of a name given twice the last counts. */
  static fromEntries(entries: Iterable<readonly [string, string]>): Labels {
    const record: Record<string, string> = Object.create(null);
    for (const [name, value] of entries) record[name] = value;
    return Labels.from(record);
  }

  get size(): number {
    return this.#pairs.length / 2;
  }

  /** The value of a label; the empty string where there is none. */
  get(name: string): string {
    const pairs = this.#pairs;
    for (let i = 0; i < pairs.length; i += 2) if (pairs[i] === name) return pairs[i + 1]!;
    return '';
  }

  has(name: string): boolean {
    return this.get(name) !== '';
  }

  /** The metric's name; the empty string where there is none. */
  get name(): string {
    return this.get(METRIC_NAME);
  }

  *[Symbol.iterator](): Generator<[string, string]> {
    const pairs = this.#pairs;
    for (let i = 0; i < pairs.length; i += 2) yield [pairs[i]!, pairs[i + 1]!];
  }

  /** These labels with one set; an empty value takes the label away. */
  with(name: string, value: string): Labels {
    if (this.get(name) === value) return this;
    const pairs: string[] = [];
    let placed = value === '';
    for (const [key, old] of this) {
      if (!placed && key >= name) {
        pairs.push(name, value);
        placed = true;
      }
      if (key !== name) pairs.push(key, old);
    }
    if (!placed) pairs.push(name, value);
    return new Labels(pairs);
  }

  without(names: readonly string[]): Labels {
    return this.#filter((name) => !names.includes(name));
  }

  keep(names: readonly string[]): Labels {
    return this.#filter((name) => names.includes(name));
  }

  /** Without the name of the metric, and its type and unit: the labels of a result that is no longer that metric. */
  dropMetadata(): Labels {
    return this.#filter((name) => !METADATA_LABELS.includes(name));
  }

  /** A text that is the same for equal labels and for no others. */
  get key(): string {
    this.#key ??= this.#pairs.join(SEPARATOR);
    return this.#key;
  }

  /** The key of what `keep(names)` would leave, without making it. `names` must be sorted. */
  keyOf(names: readonly string[]): string {
    let key = '';
    for (const name of names) key += this.get(name) + SEPARATOR;
    return key;
  }

  equals(other: Labels): boolean {
    return this === other || this.key === other.key;
  }

  /** Negative, zero or positive, by name and value, pair by pair. */
  compare(other: Labels): number {
    const a = this.#pairs;
    const b = other.#pairs;
    const shared = Math.min(a.length, b.length);
    for (let i = 0; i < shared; i++) {
      if (a[i] !== b[i]) return a[i]! < b[i]! ? -1 : 1;
    }
    return a.length - b.length;
  }

  toObject(): Record<string, string> {
    return Object.fromEntries(this);
  }

  /** In Prometheus's notation: `http_requests_total{method="GET"}`. */
  toString(): string {
    const name = this.name;
    const plain = name === '' || isLegacyMetricName(name);
    const inside: string[] = plain ? [] : [quote(name)];
    for (const [key, value] of this) {
      if (key !== METRIC_NAME) inside.push(`${isLegacyLabelName(key) ? key : quote(key)}=${quote(value)}`);
    }
    if (!plain) return `{${inside.join(', ')}}`;
    return inside.length === 0 && name !== '' ? name : `${name}{${inside.join(', ')}}`;
  }

  #filter(keep: (name: string) => boolean): Labels {
    const pairs = this.#pairs;
    const kept: string[] = [];
    for (let i = 0; i < pairs.length; i += 2) if (keep(pairs[i]!)) kept.push(pairs[i]!, pairs[i + 1]!);
    if (kept.length === pairs.length) return this;
    return kept.length === 0 ? Labels.EMPTY : new Labels(kept);
  }
}

/** A name that needs no quotes outside braces. */
export function isLegacyMetricName(name: string): boolean {
  return /^[a-zA-Z_:][a-zA-Z0-9_:]*$/.test(name);
}

/** A label name that needs no quotes. */
export function isLegacyLabelName(name: string): boolean {
  return /^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name);
}

/** Since Prometheus 3 every UTF-8 text that is not empty is a label name. */
export function isValidLabelName(name: string): boolean {
  return name !== '' && isWellFormed(name);
}

/** No lone surrogates. (`String.prototype.isWellFormed` is in no TypeScript library that this build targets.) */
export function isWellFormed(text: string): boolean {
  return !/[\ud800-\udfff]/u.test(text);
}
