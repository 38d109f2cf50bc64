import type { Labels } from './labels.js';
import { isLegacyLabelName } from './labels.js';
import { quote } from './quote.js';
import { type AnchoredRegex, compileAnchored } from './regex.js';

export type MatchOperator = '=' | '!=' | '=~' | '!~';

/** A condition on one label. Immutable. A label that is missing counts as the empty string. */
export class Matcher {
  readonly name: string;
  readonly operator: MatchOperator;
  readonly value: string;
  readonly #regex: AnchoredRegex | undefined;

  /** Throws an `Error` where the regular expression is none. */
  constructor(name: string, operator: MatchOperator, value: string) {
    this.name = name;
    this.operator = operator;
    this.value = value;
    this.#regex = operator === '=~' || operator === '!~' ? compileAnchored(value) : undefined;
  }

  matches(value: string): boolean {
    switch (this.operator) {
      case '=':
        return value === this.value;
      case '!=':
        return value !== this.value;
      case '=~':
        return this.#regex!.matches(value);
      case '!~':
        return !this.#regex!.matches(value);
    }
  }

  matchesLabels(labels: Labels): boolean {
    return this.matches(labels.get(this.name));
  }

  /** The only values that the label can have, where they are known. */
  get literals(): readonly string[] | undefined {
    if (this.operator === '=') return [this.value];
    return this.operator === '=~' ? this.#regex!.literals : undefined;
  }

  toString(): string {
    const name = isLegacyLabelName(this.name) ? this.name : quote(this.name);
    return `${name}${this.operator}${quote(this.value)}`;
  }
}
