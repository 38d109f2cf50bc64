import type { Diagnostics } from '../common/diagnostics.js';
import { invalidOption } from '../common/errors.js';

/**
 * What is left alone: texts that have to be equal, texts that end in `*` (everything that starts with what
 * stands before it), or functions that say true. Servers compare the path, clients the URL.
 */
export type IgnoreRules<Subject> =
  | ((subject: Subject) => boolean)
  | readonly (string | ((subject: Subject) => boolean))[];

/** One test out of a list of rules, or `undefined` where nothing is ignored. */
export function ignoreTest<Subject>(
  owner: string,
  rules: IgnoreRules<Subject> | undefined,
  diagnostics: Diagnostics,
): ((text: string, subject: Subject) => boolean) | undefined {
  if (rules === undefined) return undefined;
  const list = typeof rules === 'function' ? [rules] : rules;
  if (!Array.isArray(list)) throw invalidOption(owner, 'ignore', rules, 'a function or an array');
  const exact = new Set<string>();
  const prefixes: string[] = [];
  const functions: ((subject: Subject) => boolean)[] = [];
  for (const [index, rule] of list.entries()) {
    if (typeof rule === 'function') functions.push(rule);
    else if (typeof rule !== 'string' || rule === '') {
      throw invalidOption(owner, `ignore[${index}]`, rule, 'a string that is not empty, or a function');
    } else if (rule.endsWith('*')) prefixes.push(rule.slice(0, -1));
    else exact.add(rule);
  }
  if (exact.size + prefixes.length + functions.length === 0) return undefined;

  return function ignored(text, subject) {
    if (exact.has(text)) return true;
    for (let i = 0; i < prefixes.length; i++) {
      if (text.startsWith(prefixes[i]!)) return true;
    }
    for (let i = 0; i < functions.length; i++) {
      try {
        if (functions[i]!(subject) === true) return true;
      } catch (error) {
        diagnostics.report('hook_failed', `${owner}.ignore`, `${owner}: an ignore function threw`, error);
      }
    }
    return false;
  };
}
