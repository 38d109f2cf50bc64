import { invalidOption } from './errors.js';

/** Of each option its default, its least value, and whether it must be whole. */
export type NumberTable<K extends string> = Readonly<
  Record<K, readonly [fallback: number, min: number, whole?: boolean]>
>;

/** Checks the numbers among some options; gives them with their defaults. `path` stands before each name. */
export function checkNumbers<K extends string>(
  owner: string,
  path: string,
  options: Partial<Record<K, number | undefined>>,
  table: NumberTable<K>,
): Record<K, number> {
  const numbers = {} as Record<K, number>;
  for (const name of Object.keys(table) as K[]) {
    const [fallback, min, whole] = table[name];
    const { [name]: value = fallback } = options;
    // `Infinity` counts as whole, for it is how a limit is taken away.
    if (!(typeof value === 'number' && value >= min && (!whole || value === Infinity || value % 1 === 0))) {
      throw invalidOption(owner, path + name, value, `a ${whole ? 'whole ' : ''}number of at least ${min}`);
    }
    numbers[name] = value;
  }
  return numbers;
}
