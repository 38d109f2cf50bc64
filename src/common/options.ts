import { describe, invalidOption, TelltaleError } from './errors.js';

/**
 * Checks for what users pass to constructors. Each names the owner (what was called), the option, the value
 * given and what is accepted; each returns the value, or the default where the option was left out. Every door
 * bundles this file: it stays small.
 */

/** The options object itself: an object or nothing, and no key that `known` does not list. */
export function checkOptions<T extends object>(
  owner: string,
  options: T | undefined,
  known: readonly (keyof T & string)[],
): T {
  if (options === undefined) return {} as T;
  if (options === null || typeof options !== 'object' || Array.isArray(options)) {
    throw invalidOption(owner, 'options', options, 'an object');
  }
  for (const key of Object.keys(options)) {
    if ((known as readonly string[]).includes(key)) continue;
    throw new TelltaleError(`${owner}: unknown option ${describe(key)}; accepted: ${known.join(', ')}`, key);
  }
  return options;
}

/** What an option must be, in words and as a test. */
export type Rule = readonly [accepted: string, isRight: (value: unknown) => boolean];

export const A_FUNCTION: Rule = ['a function', (value) => typeof value === 'function'];
export const A_STRING: Rule = ['a string', (value) => typeof value === 'string'];
export const AN_OBJECT: Rule = ['an object', (value) => value !== null && typeof value === 'object'];

export function oneOf(...choices: readonly string[]): Rule {
  return [choices.map((choice) => `"${choice}"`).join(', '), (value) => choices.includes(value as string)];
}

/** A whole number, or `Infinity`. */
export function atLeast(min: number): Rule {
  return [
    `a whole number of at least ${min}`,
    (value) => value === Infinity || (Number.isInteger(value) && (value as number) >= min),
  ];
}

export function hasMethods(...methods: readonly string[]): Rule {
  return [
    `an object with the methods ${methods.join(', ')}`,
    (value) => methods.every((method) => hasMethod(value, method)),
  ];
}

export function checkRule(owner: string, option: string, value: unknown, [accepted, isRight]: Rule): void {
  if (!isRight(value)) throw invalidOption(owner, option, value, accepted);
}

/**
 * All options at once, each against its rule; `others` are those that are checked where they are used. One table in
 * the place of a list of names and a call for each: smaller in a bundle.
 */
export function checkAll<T extends object>(
  owner: string,
  options: T | undefined,
  others: readonly (keyof T & string)[],
  rules: { readonly [K in keyof T & string]?: Rule },
): T {
  const checked = Object.keys(rules) as (keyof T & string)[];
  const given = checkOptions(owner, options, [...others, ...checked]);
  for (const option of checked) {
    if (given[option] !== undefined) checkRule(owner, option, given[option], rules[option]!);
  }
  return given;
}

export interface NumberBounds {
  min?: number;
  max?: number;
}

export function checkNumber(
  owner: string,
  option: string,
  value: number | undefined,
  fallback: number,
  bounds: NumberBounds = {},
  whole = false,
): number {
  if (value === undefined) return fallback;
  const { min = -Infinity, max = Infinity } = bounds;
  // Not the other way round: every comparison with NaN is false.
  const inRange = typeof value === 'number' && value >= min && value <= max;
  if (inRange && (!whole || value === Infinity || Number.isInteger(value))) return value;
  throw invalidOption(owner, option, value, `a ${whole ? 'whole ' : ''}number${range(min, max)}`);
}

/** A whole number; `Infinity` counts as one, for it is how a limit is taken away. */
export function checkInteger(
  owner: string,
  option: string,
  value: number | undefined,
  fallback: number,
  bounds?: NumberBounds,
): number {
  return checkNumber(owner, option, value, fallback, bounds, true);
}

/** The same for an option with a least value and nothing else: less in a bundle that needs no more. */
export function checkAtLeast(owner: string, option: string, value: number | undefined, min: number): void {
  if (value !== undefined) checkRule(owner, option, value, atLeast(min));
}

export function checkString(
  owner: string,
  option: string,
  value: string | undefined,
  fallback: string,
): string {
  if (value === undefined) return fallback;
  if (typeof value !== 'string' || value === '') {
    throw invalidOption(owner, option, value, 'a string that is not empty');
  }
  return value;
}

export function checkBoolean(
  owner: string,
  option: string,
  value: boolean | undefined,
  fallback: boolean,
): boolean {
  if (value === undefined) return fallback;
  if (typeof value !== 'boolean') throw invalidOption(owner, option, value, 'true or false');
  return value;
}

export function checkOneOf<T extends string>(
  owner: string,
  option: string,
  value: T | undefined,
  fallback: T,
  choices: readonly T[],
): T {
  if (value === undefined) return fallback;
  if (!choices.includes(value)) {
    throw invalidOption(owner, option, value, choices.map((choice) => `"${choice}"`).join(', '));
  }
  return value;
}

export function checkFunction<T>(owner: string, option: string, value: T | undefined): T | undefined {
  if (value !== undefined && typeof value !== 'function') {
    throw invalidOption(owner, option, value, 'a function');
  }
  return value;
}

/** An object that has the named methods: an exporter, a processor, a sampler, a sink. */
export function checkMethods<T>(
  owner: string,
  option: string,
  value: T,
  methods: readonly (keyof T & string)[],
): T {
  checkRule(owner, option, value, hasMethods(...methods));
  return value;
}

function hasMethod(value: unknown, method: string): boolean {
  return typeof (value as Record<string, unknown> | null | undefined)?.[method] === 'function';
}

/** An array whose members are each checked by `check`, which is told the path of the member. */
export function checkArray<T>(
  owner: string,
  option: string,
  value: readonly T[] | undefined,
  check: (member: T, path: string) => void,
): readonly T[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) throw invalidOption(owner, option, value, 'an array');
  for (const [index, member] of value.entries()) check(member, `${option}[${index}]`);
  return value;
}

function range(min: number, max: number): string {
  if (max === Infinity) return min === -Infinity ? '' : ` of at least ${min}`;
  return min === -Infinity ? ` of at most ${max}` : ` from ${min} to ${max}`;
}
