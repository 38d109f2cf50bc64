import type { Attributes } from '@opentelemetry/api';
import { readSafely } from '../../common/attributes.js';

/** Values of the attributes, one level each; at the last the key they make. */
type Branch = Map<unknown, Branch | string>;

/**
 * Makes one key of several attributes: their values, with blanks between. Joining texts anew for each span, and
 * hashing what comes out, took half of a sampling decision; so a key that was made once is found by its values.
 */
export class AttributeKey {
  readonly #names: readonly string[];
  readonly #maxKeys: number;
  readonly #root: Branch = new Map();
  #kept = 0;

  constructor(names: readonly string[], maxKeys: number) {
    this.#names = names;
    this.#maxKeys = maxKeys;
  }

  /** The key of these attributes; `otherwise` where there is none of them. */
  of(attributes: Readonly<Attributes>, otherwise: string): string {
    const names = this.#names;
    let found: Branch | string | undefined = this.#root;
    for (let i = 0; i < names.length && found !== undefined; i++) {
      found = (found as Branch).get(partOf(attributes, names[i]!));
    }
    const key = found === undefined ? this.#make(attributes) : (found as string);
    return key === '' ? otherwise : key;
  }

  #make(attributes: Readonly<Attributes>): string {
    const values = this.#names.map((name) => partOf(attributes, name));
    const key = values.every((value) => value === undefined)
      ? ''
      : values.map((value) => value ?? '').join(' ');
    if (this.#kept >= this.#maxKeys) return key;
    this.#kept++;
    let branch = this.#root;
    for (const value of values.slice(0, -1)) {
      const next = branch.get(value) ?? new Map();
      branch.set(value, next);
      branch = next as Branch;
    }
    branch.set(values.at(-1), key);
    return key;
  }
}

/** Values that can be a part of a key; lists and what is missing are not. */
function partOf(attributes: Readonly<Attributes>, name: string): string | number | boolean | undefined {
  const value = readSafely(attributes, name);
  switch (typeof value) {
    case 'string':
    case 'number':
    case 'boolean':
      return value;
    default:
      return undefined;
  }
}
