import { describe, invalidOption, TelltaleError } from './errors.js';

/**
 * Checks for what users pass to constructors. Each names the owner (what was called), the option, the value
 * given and what is accepted; each returns the value, or the default where the option was left out.
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
    const near = nearest(key, known);
    const hint = near === undefined ? '' : ` (did you mean ${near}?)`;
    throw new TelltaleError(
      `${owner}: unknown option ${describe(key)}${hint}; accepted: ${known.join(', ')}`,
      key,
    );
  }
  return options;
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
): number {
  if (value === undefined) return fallback;
  const { min = -Infinity, max = Infinity } = bounds;
  if (typeof value !== 'number' || Number.isNaN(value) || value < min || value > max) {
    throw invalidOption(owner, option, value, `a number${range(min, max)}`);
  }
  return value;
}

export function checkInteger(
  owner: string,
  option: string,
  value: number | undefined,
  fallback: number,
  bounds: NumberBounds = {},
): number {
  if (value === undefined) return fallback;
  const { min = -Infinity, max = Infinity } = bounds;
  if (!(Number.isInteger(value) || value === Infinity) || value < min || value > max) {
    throw invalidOption(owner, option, value, `a whole number${range(min, max)}`);
  }
  return value;
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
  const missing =
    value !== null && typeof value === 'object'
      ? methods.find((method) => typeof value[method] !== 'function')
      : methods[0];
  if (missing !== undefined) {
    throw invalidOption(owner, option, value, `an object with the methods ${methods.join(', ')}`);
  }
  return value;
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
  if (min > -Infinity && max < Infinity) return ` from ${min} to ${max}`;
  if (min > -Infinity) return ` of at least ${min}`;
  return max < Infinity ? ` of at most ${max}` : '';
}

/** The known name within two edits of a mistyped one. */
function nearest(key: string, known: readonly string[]): string | undefined {
  if (key.length > 40) return undefined;
  let best: string | undefined;
  let bestDistance = 3;
  for (const name of known) {
    const distance = editDistance(key.toLowerCase(), name.toLowerCase());
    if (distance < bestDistance) {
      best = name;
      bestDistance = distance;
    }
  }
  return best;
}

/** Levenshtein's distance, one row at a time. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(substitution, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}
