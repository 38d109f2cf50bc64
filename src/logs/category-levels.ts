import { invalidOption } from '../common/errors.js';
import {
  LEVELS,
  type LevelSource,
  type LevelTable,
  type LevelThreshold,
  type LevelValue,
  levelChanges,
  thresholdOf,
} from './level.js';

/** Levels by category, for the option `categories` of loggers; `set` changes one while they run. */
export interface CategoryLevels<L extends string = never> {
  (name: string): LevelSource;
  /** Sets the level of a category, or with `undefined` takes the rule away. */
  set(category: string, level: LevelThreshold | L | undefined): void;
  /** The rules as they stand. */
  readonly rules: Readonly<Record<string, LevelThreshold | L>>;
}

/**
 * Levels by the name of a logger. A rule is for the category it names and for all below it, `http` and `http.*`
 * being the same; of several that fit the longest wins; `*` is for every named logger.
 *
 * ```ts
 * const categories = categoryLevels({ 'http.*': 'debug', 'db.pool': 'warn' });
 * const logger = new Logger({ categories });
 * logger.child({}, { name: 'http.client' }).debug('connected');  // is written
 * categories.set('http.*', 'info');                               // and now it would not be
 * ```
 */
export function categoryLevels<L extends string = never>(
  rules: Readonly<Record<string, LevelThreshold | L>>,
  table: LevelTable = LEVELS,
): CategoryLevels<L> {
  if (typeof rules !== 'object' || rules === null) {
    throw invalidOption('categoryLevels', 'rules', rules, 'an object of categories and levels');
  }
  const levels = new Map<string, { category: string; level: LevelThreshold | L; value: LevelValue }>();
  for (const category of Object.keys(rules)) add(category, rules[category]!);

  function add(category: string, level: LevelThreshold | L): void {
    const prefix = category.replace(/(^|\.)\*$/, '');
    if (prefix.includes('*') || category === '') {
      throw invalidOption('categoryLevels', 'category', category, 'a name, one that ends with .*, or *');
    }
    levels.set(prefix, { category, level, value: thresholdOf('categoryLevels', table, level) });
  }

  function find(name: string): LevelValue | undefined {
    for (let prefix = name; prefix !== ''; prefix = prefix.slice(0, Math.max(0, prefix.lastIndexOf('.')))) {
      const rule = levels.get(prefix);
      if (rule !== undefined) return rule.value;
    }
    return levels.get('')?.value;
  }

  const categories = (name: string): LevelSource => ({
    get value() {
      return find(name);
    },
  });
  return Object.defineProperties(categories, {
    set: {
      value(category: string, level: LevelThreshold | L | undefined) {
        if (level === undefined) levels.delete(category.replace(/(^|\.)\*$/, ''));
        else add(category, level);
        levelChanges.count++;
      },
    },
    rules: {
      get: () => Object.fromEntries([...levels.values()].map(({ category, level }) => [category, level])),
    },
  }) as CategoryLevels<L>;
}
