/** What is known of a metric besides its samples. */
export interface MetricMetadata {
  /** `counter`, `gauge`, `histogram`, `summary`, …; `unknown` where nobody says. */
  readonly type: string;
  readonly help: string;
  readonly unit: string;
}

/** Texts of different targets that are kept for one name. */
const MAX_VARIANTS = 10;

/** What is known of the metrics of a store, by name. Bounded; what comes first stays. */
export class MetadataTable {
  readonly #byName = new Map<string, MetricMetadata[]>();
  readonly #capacity: number;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** Keeps what a target says of a metric; targets may disagree. */
  set(name: string, metadata: MetricMetadata): void {
    const known = this.#byName.get(name);
    if (known === undefined) {
      if (this.#byName.size < this.#capacity) this.#byName.set(name, [metadata]);
    } else if (known.length < MAX_VARIANTS && !known.some((other) => same(other, metadata))) {
      known.push(metadata);
    }
  }

  /** Everything, by name. */
  all(): Record<string, readonly MetricMetadata[]> {
    return Object.fromEntries(this.#byName);
  }
}

function same(a: MetricMetadata, b: MetricMetadata): boolean {
  return a.type === b.type && a.help === b.help && a.unit === b.unit;
}
