import { createRequire } from 'node:module';
import type { RE2JS } from 're2js';

type Re2 = typeof RE2JS;

let loaded: Re2 | undefined;

/** There is no re2js beside this program, because it is a bundle. */
export class Re2Missing extends Error {
  override readonly name = 'Re2Missing';
}

/**
 * RE2's automata, loaded when an expression first needs them: parsing the module takes 10 ms, and most programs that
 * import who uses it never need it.
 *
 * Required and not imported, for expressions are compiled in constructors, which cannot wait. A bundler does not see
 * that; `withRe2` helps there.
 *
 * @throws Re2Missing in a bundle that has no `node_modules` beside it
 */
export function re2(): Re2 {
  if (loaded !== undefined) return loaded;
  try {
    ({ RE2JS: loaded } = createRequire(import.meta.url)('re2js') as { RE2JS: Re2 });
  } catch (cause) {
    throw new Re2Missing('this regular expression needs re2js, which is not installed beside this bundle', {
      cause,
    });
  }
  return loaded;
}

/** Runs what may call `re2`. In a bundle it loads the copy that the bundler has put there, and runs it again. */
export async function withRe2<T>(run: () => T): Promise<T> {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof Re2Missing)) throw error;
    ({ RE2JS: loaded } = await import('re2js'));
    return run();
  }
}
