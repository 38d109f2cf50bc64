import { describe, TelltaleError } from '../../common/errors.js';

/** A value of a YAML document that knows where it stands, so that an error can name the path. */
export class YamlNode {
  readonly value: unknown;
  /** `slo.yaml: SLO checkout: spec.objectives[0].target`. */
  readonly path: string;

  constructor(value: unknown, path: string) {
    this.value = value;
    this.path = path;
  }

  /** Whether it is there at all; YAML's `null` is not. */
  get given(): boolean {
    return this.value !== undefined && this.value !== null;
  }

  error(accepted: string): TelltaleError {
    const what = this.given ? `is ${describe(this.value)}` : 'is missing';
    return new TelltaleError(`${this.path} ${what}; accepted: ${accepted}`, this.path);
  }

  /** A member of an object; missing where there is none. */
  get(key: string): YamlNode {
    const members = this.given ? this.#object() : {};
    return new YamlNode(Object.hasOwn(members, key) ? members[key] : undefined, `${this.path}.${key}`);
  }

  /** An object with no other keys than these. */
  object(keys: readonly string[]): this {
    for (const key of Object.keys(this.#object())) {
      if (!keys.includes(key)) {
        throw new TelltaleError(
          `${this.path}.${key} is unknown; accepted: ${keys.join(', ')}`,
          `${this.path}.${key}`,
        );
      }
    }
    return this;
  }

  string(accepted = 'a text that is not empty'): string {
    if (typeof this.value !== 'string' || this.value === '') throw this.error(accepted);
    return this.value;
  }

  optionalString(): string | undefined {
    return this.given ? this.string() : undefined;
  }

  number(accepted: string, fits: (value: number) => boolean): number {
    if (typeof this.value !== 'number' || !fits(this.value)) throw this.error(accepted);
    return this.value;
  }

  oneOf<T extends string>(choices: readonly T[]): T {
    if (!choices.includes(this.value as T)) throw this.error(choices.join(', '));
    return this.value as T;
  }

  /** The members of an array; none where it is missing. */
  list(): YamlNode[] {
    if (!this.given) return [];
    if (!Array.isArray(this.value)) throw this.error('a list');
    return this.value.map((member, index) => new YamlNode(member, `${this.path}[${index}]`));
  }

  #object(): Record<string, unknown> {
    if (this.value === null || typeof this.value !== 'object' || Array.isArray(this.value)) {
      throw this.error('an object');
    }
    return this.value as Record<string, unknown>;
  }
}
