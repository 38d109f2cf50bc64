/** With more bindings than this a Map finds the index of a key; up to it comparing one by one is cheaper. */
const FEW = 8;

/**
 * The fields that every line of a logger carries, already written as bytes. A line that has a field of the
 * same name hides the binding, so no key stands twice in a line.
 */
export class Bindings {
  readonly count: number;
  readonly #keys: readonly string[];
  readonly #parts: readonly Uint8Array[];
  readonly #partsInTrace: readonly Uint8Array[];
  readonly #all: Uint8Array;
  readonly #allInTrace: Uint8Array;
  readonly #index: Map<string, number> | undefined;

  /** Each part is `,"key":value`; in a trace some keys are named differently. */
  constructor(keys: readonly string[], parts: readonly Uint8Array[], partsInTrace: readonly Uint8Array[]) {
    this.count = keys.length;
    this.#keys = keys;
    this.#parts = parts;
    this.#partsInTrace = partsInTrace;
    this.#all = Buffer.concat(parts);
    this.#allInTrace = parts === partsInTrace ? this.#all : Buffer.concat(partsInTrace);
    this.#index = keys.length > FEW ? new Map(keys.map((key, index) => [key, index])) : undefined;
  }

  indexOf(key: string): number {
    if (this.#index !== undefined) return this.#index.get(key) ?? -1;
    const keys = this.#keys;
    for (let i = 0; i < keys.length; i++) if (keys[i] === key) return i;
    return -1;
  }

  all(inTrace: boolean): Uint8Array {
    return inTrace ? this.#allInTrace : this.#all;
  }

  without(hidden: readonly (boolean | undefined)[], inTrace: boolean): Uint8Array {
    const parts = inTrace ? this.#partsInTrace : this.#parts;
    return Buffer.concat(parts.filter((_, index) => hidden[index] !== true));
  }

  /** These bindings and further ones, which hide those of the same name. */
  extended(
    keys: readonly string[],
    parts: readonly Uint8Array[],
    partsInTrace: readonly Uint8Array[],
  ): Bindings {
    const kept = this.#keys.map((_, index) => index).filter((index) => !keys.includes(this.#keys[index]!));
    const merged = [...parts, ...kept.map((index) => this.#parts[index]!)];
    const same = parts === partsInTrace && this.#parts === this.#partsInTrace;
    return new Bindings(
      [...keys, ...kept.map((index) => this.#keys[index]!)],
      merged,
      same ? merged : [...partsInTrace, ...kept.map((index) => this.#partsInTrace[index]!)],
    );
  }
}

const NO_PARTS: readonly Uint8Array[] = [];

export const NO_BINDINGS = /* @__PURE__ */ new Bindings([], NO_PARTS, NO_PARTS);
